// An application with OpenTelemetry's agent for Java: connects to the port, makes a span by asking itself over HTTP, stays.
import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;

public class App {
  public static void main(String[] args) throws Exception {
    Socket peer = new Socket("127.0.0.1", Integer.parseInt(args[0]));
    peer.getOutputStream().write("hello".getBytes());
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    server.createContext("/", exchange -> {
      exchange.sendResponseHeaders(204, -1);
      exchange.close();
    });
    server.start();
    URI own = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/");
    own.toURL().openStream().close();
    System.in.read();
    server.stop(0);
    peer.close();
  }
}
