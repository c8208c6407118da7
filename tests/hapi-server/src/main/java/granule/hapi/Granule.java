package granule.hapi;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The program under test, writing to the server of this process. */
final class Granule implements AutoCloseable {

  /** What it said, and its exit status. */
  record Run(int exit, String said) {}

  private final Path binary;
  private final String server;
  private final Path folder;
  private int runs;

  Granule(Path binary, String server) throws IOException {
    this.binary = binary;
    this.server = server;
    folder = Files.createTempDirectory("granule-hapi");
  }

  /** Converts a document and hands it to the server. */
  Run send(Documents.Document document, String... options) throws IOException, InterruptedException {
    return sendXml(List.of(document.xml()), options);
  }

  /** Converts documents in one run. */
  Run send(List<Documents.Document> documents, String... options) throws IOException, InterruptedException {
    return sendXml(documents.stream().map(Documents.Document::xml).toList(), options);
  }

  private Run sendXml(List<String> documents, String... options) throws IOException, InterruptedException {
    Path input = Files.createDirectory(folder.resolve("run" + runs++));
    for (int i = 0; i < documents.size(); i++) {
      Files.writeString(input.resolve(i + ".xml"), documents.get(i));
    }
    return send(input, options);
  }

  /** Converts a folder of documents. */
  Run send(Path input, String... options) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(binary.toString(), "convert", input.toString(), "--to", server));
    command.addAll(List.of(options));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Run(process.waitFor(), said);
  }

  @Override
  public void close() throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.delete(path);
      }
    }
  }
}
