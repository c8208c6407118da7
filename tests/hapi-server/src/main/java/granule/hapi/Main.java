package granule.hapi;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Starts a HAPI JPA server and judges bundles, and granule writing to it, by what the server makes of them: exit 0 all as it
 * should be, 1 not, 2 the run itself failed.
 */
public final class Main {

  private static final String USAGE =
      """
      usage: judge.sh [--granule BINARY [--documents DIR]] [--stable DIR] [--put DIR] [--post DIR]
             judge.sh --serve
      """;

  private Main() {}

  public static void main(String[] arguments) throws InterruptedException {
    try {
      System.exit(run(List.of(arguments)));
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage());
      System.err.print(USAGE);
      System.exit(2);
    } catch (InterruptedException e) {
      throw e;
    } catch (Exception e) {
      e.printStackTrace();
      System.exit(2);
    }
  }

  private static int run(List<String> arguments) throws Exception {
    Path binary = null;
    // in this order: resources posted without condition would make conditional creates ambiguous
    List<Path> folders = new ArrayList<>();
    Path post = null;
    Path documents = null;
    boolean serve = false;
    for (int i = 0; i < arguments.size(); i++) {
      switch (arguments.get(i)) {
        case "--granule" -> binary = value(arguments, ++i).toAbsolutePath();
        case "--documents" -> documents = value(arguments, ++i).toAbsolutePath();
        case "--stable", "--put" -> folders.add(value(arguments, ++i));
        case "--post" -> post = value(arguments, ++i);
        case "--serve" -> serve = true;
        default -> throw new IllegalArgumentException("unknown option " + arguments.get(i));
      }
    }
    long start = System.nanoTime();
    try (JpaServer server = JpaServer.start()) {
      System.out.printf("%s after %.0f s%n", server.url(), (System.nanoTime() - start) / 1e9);
      if (serve) {
        // until standard input ends: whoever started it decides
        System.in.readAllBytes();
        return 0;
      }
      Report report = new Report(System.out);
      Fhir fhir = new Fhir(server.url());
      new SelfTest(fhir, report).run();
      if (binary != null) {
        try (Granule granule = new Granule(binary, server.url())) {
          new SinkChecks(fhir, granule, report).run(documents);
        }
      }
      judge(new Bundles(fhir, report), folders, post);
      return report.close() ? 0 : 1;
    }
  }

  private static void judge(Bundles bundles, List<Path> folders, Path post) throws IOException, InterruptedException {
    for (Path folder : folders) {
      bundles.judge(folder, Bundles.Again.CHANGES_NOTHING);
    }
    if (post != null) {
      bundles.judge(post, Bundles.Again.DOUBLES);
    }
  }

  private static Path value(List<String> arguments, int index) {
    if (index >= arguments.size()) {
      throw new IllegalArgumentException(arguments.get(index - 1) + " needs a value");
    }
    return Path.of(arguments.get(index));
  }
}
