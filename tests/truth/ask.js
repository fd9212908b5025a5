// SPDX-License-Identifier: Apache-2.0
// ask.js DIR: what Node says of each case.  A file of another shape is read as NODE_EXTRA_CA_CERTS, which a
// process does once: ask.js DIR NUMBER HOST asks about one case so.
'use strict';
const { readFileSync } = require('fs');
const { spawnSync } = require('child_process');
const net = require('net');
const tls = require('tls');

const [where, only, host] = process.argv.slice(2);

// As https.get() does it: SNI for names only, and the host asked for is checked.
function ask(number, name, ca) {
  return new Promise(done => {
    const socket = tls.connect({
      host: name, port: 20000 + Number(number), servername: net.isIP(name) ? '' : name, ca,
      socket: net.connect(20000 + Number(number), '127.0.0.1'),
    });
    socket.on('secureConnect', () => { socket.destroy(); done('yes'); });
    socket.on('error', error => done(`no\t${error.code || error.message}`));
  });
}

function askAlone(number, name) {
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: `${where}/${number}.store` };
  return spawnSync(process.execPath, [__filename, where, number, name], { env }).stdout.toString().trimEnd();
}

async function main() {
  if (only) return console.log(await ask(only, host));
  for (const line of readFileSync(`${where}/list`, 'utf8').trimEnd().split('\n')) {
    const [number, name, section] = line.split('\t');
    const said = section === 'The file of anchors' ? askAlone(number, name)
      : await ask(number, name, readFileSync(`${where}/${number}.store`));
    console.log(`${number}\t${said}`);
  }
}

main();
