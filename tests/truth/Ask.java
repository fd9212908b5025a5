// SPDX-License-Identifier: Apache-2.0
import java.io.FileInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import javax.net.ssl.*;

/** Ask DIR: what this Java says of each case, with the keystore of the case as its only one. */
public class Ask {
    static void ask(String path, String host, int port) throws Exception {
        KeyStore store = KeyStore.getInstance("JKS");
        try (FileInputStream in = new FileInputStream(path + ".jks")) {
            store.load(in, null);
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, factory.getTrustManagers(), null);
        // The name that is checked is the one asked for, as HttpsURLConnection has it.
        try (java.net.Socket plain = new java.net.Socket("127.0.0.1", port);
                SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(plain, host, port, true)) {
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            socket.setSSLParameters(parameters);
            socket.startHandshake();
        }
    }

    public static void main(String[] args) throws Exception {
        for (String line : Files.readAllLines(Path.of(args[0], "list"))) {
            String[] fields = line.split("\t");
            String said = "yes";
            try {
                ask(args[0] + "/" + fields[0], fields[1], 20000 + Integer.parseInt(fields[0]));
            } catch (Exception e) {
                said = "no\t" + String.valueOf(e.getMessage()).replace('\n', ' ');
            }
            System.out.println(fields[0] + "\t" + said);
        }
    }
}
