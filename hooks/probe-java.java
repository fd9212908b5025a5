// SPDX-License-Identifier: Apache-2.0
// probe-java.java URL: one HTTPS request as Java makes it; `trustfix doctor` runs it as a single source file, which
// takes Java 11 or later with a compiler.  Java reads no proxy variable: TRUSTFIX_PROXY becomes its properties.
import java.net.HttpURLConnection;
import java.net.URI;

class Probe {
	private static void use(URI via) {
		String kind = via.getScheme().startsWith("socks") ? "socksProxy" : "https.proxy";
		System.setProperty(kind + "Host", via.getHost());
		System.setProperty(kind + "Port", String.valueOf(via.getPort() < 0 ? 80 : via.getPort()));
		if (via.getUserInfo() == null)
			return;
		String[] words = via.getUserInfo().split(":", 2);
		System.setProperty("jdk.http.auth.tunneling.disabledSchemes", "");
		java.net.Authenticator.setDefault(new java.net.Authenticator() {
			protected java.net.PasswordAuthentication getPasswordAuthentication() {
				return new java.net.PasswordAuthentication(words[0],
					(words.length > 1 ? words[1] : "").toCharArray());
			}
		});
	}

	public static void main(String[] args) {
		String via = System.getenv("TRUSTFIX_PROXY");
		System.out.println("version " + System.getProperty("java.version"));
		try {
			if (via != null)
				use(URI.create(via));
			HttpURLConnection to = (HttpURLConnection) URI.create(args[0]).toURL().openConnection();
			to.setInstanceFollowRedirects(false);
			System.out.println("http " + to.getResponseCode());
		} catch (Exception error) {
			System.out.println(error);
			System.exit(1);
		}
	}
}
