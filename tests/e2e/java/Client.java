// SPDX-License-Identifier: Apache-2.0
// Client URL: one HTTPS request with the runtime's own trust; status 0 when the peer was trusted.
import java.io.IOException;
import java.net.URL;
import java.net.URLConnection;

public class Client {
	public static void main(String[] args) throws Exception {
		URLConnection connection = new URL(args[0]).openConnection();
		connection.setConnectTimeout(10000);
		connection.setReadTimeout(10000);
		try {
			connection.getInputStream().close();
		} catch (IOException refused) {
			System.out.println(refused);
			System.exit(1);
		}
	}
}
