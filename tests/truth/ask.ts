// SPDX-License-Identifier: Apache-2.0
// ask.ts DIR: what Deno (rustls, webpki) says of each case.
const where = Deno.args[0];
for (const line of Deno.readTextFileSync(`${where}/list`).trimEnd().split("\n")) {
  const [number, host] = line.split("\t");
  let said = "yes";
  try {
    const store = new TextDecoder().decode(Deno.readFileSync(`${where}/${number}.store`));
    const plain = await Deno.connect({ hostname: "127.0.0.1", port: 20000 + Number(number) });
    const socket = await Deno.startTls(plain, { hostname: host, caCerts: [store] });
    try {
      await socket.handshake();
    } finally {
      socket.close();
    }
  } catch (error) {
    said = `no\t${String((error as Error).message).replaceAll("\n", " ")}`;
  }
  console.log(`${number}\t${said}`);
}
