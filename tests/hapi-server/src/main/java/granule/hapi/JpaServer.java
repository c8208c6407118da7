package granule.hapi;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.jpa.api.dao.IFhirSystemDao;
import ca.uhn.fhir.jpa.provider.JpaSystemProvider;
import ca.uhn.fhir.jpa.search.DatabaseBackedPagingProvider;
import ca.uhn.fhir.rest.api.EncodingEnum;
import ca.uhn.fhir.rest.server.RestfulServer;
import ca.uhn.fhir.rest.server.provider.ResourceProviderFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;

/** A HAPI JPA server on a free port of the loopback interface; nothing of it reaches the network or the disk. */
final class JpaServer implements AutoCloseable {

  private final AnnotationConfigApplicationContext beans;
  private final Server http;

  private JpaServer(AnnotationConfigApplicationContext beans, Server http) {
    this.beans = beans;
    this.http = http;
  }

  static JpaServer start() throws Exception {
    AnnotationConfigApplicationContext beans = new AnnotationConfigApplicationContext(ServerConfig.class);
    RestfulServer fhir = new RestfulServer(beans.getBean(FhirContext.class));
    fhir.registerProviders(beans.getBean(ResourceProviderFactory.class).createProviders());
    fhir.registerProvider(beans.getBean(JpaSystemProvider.class));
    fhir.setPagingProvider(beans.getBean(DatabaseBackedPagingProvider.class));
    fhir.setDefaultResponseEncoding(EncodingEnum.JSON);

    Server http = new Server(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    ServletContextHandler handler = new ServletContextHandler();
    handler.addServlet(new ServletHolder(fhir), "/fhir/*");
    http.setHandler(handler);
    http.start();
    return new JpaServer(beans, http);
  }

  /** Without a slash at its end. */
  String url() {
    return "http://127.0.0.1:" + ((ServerConnector) http.getConnectors()[0]).getLocalPort() + "/fhir";
  }

  @Override
  public void close() throws Exception {
    http.stop();
    beans.close();
  }
}
