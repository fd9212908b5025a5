// SPDX-License-Identifier: Apache-2.0
// probe-node.js URL: one HTTPS request as Node.js makes it; `trustfix doctor` runs it.  Node.js itself reads no
// proxy variable, its programs do: so the proxy of TRUSTFIX_PROXY is asked for a tunnel here.
"use strict";
const http = require("http");
const https = require("https");

const url = new URL(process.argv[2]);
const via = process.env.TRUSTFIX_PROXY;

function fail(error) {
	console.log(`${error.code || ""} ${error.message}`);
	process.exit(1);
}

function ask(agent) {
	https.get(url, { agent }, (answer) => {
		console.log("http", answer.statusCode);
		process.exit(0);
	}).on("error", fail);
}

function tunnel(proxy) {
	if (!proxy.protocol.startsWith("http"))
		fail({ message: "Node.js knows no SOCKS" });
	const place = `${url.hostname}:${url.port || 443}`;
	const headers = { Host: place };
	if (proxy.username) {
		const words = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
		headers["Proxy-Authorization"] = `Basic ${Buffer.from(words).toString("base64")}`;
	}
	const from = { host: proxy.hostname, port: proxy.port || 443, method: "CONNECT", path: place, headers };
	(proxy.protocol === "https:" ? https : http).request(from).on("connect", (answer, socket) => {
		if (answer.statusCode !== 200)
			fail({ message: `CONNECT tunnel failed, response ${answer.statusCode}` });
		const agent = new https.Agent({ keepAlive: false });
		const make = agent.createConnection.bind(agent);
		agent.createConnection = (options, done) => make({ ...options, socket }, done);
		ask(agent);
	}).on("error", fail).end();
}

console.log("version", process.versions.node);
// Some distributions build it so.
if ((process.config.target_defaults.defines || []).includes("NODE_OPENSSL_CERT_STORE"))
	console.log("reads the system store");
if (via)
	tunnel(new URL(via));
else
	ask();
