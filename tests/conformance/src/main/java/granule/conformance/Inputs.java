package granule.conformance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The files to validate. */
final class Inputs {

  private Inputs() {}

  /** Every {@code *.json} below the folders (or the file itself), sorted, so that {@code --max} always takes the same. */
  static List<Path> find(List<Path> roots, int max) throws IOException {
    List<Path> files = new ArrayList<>();
    for (Path root : roots) {
      if (!Files.exists(root)) {
        throw new IOException(root + " does not exist");
      }
      try (Stream<Path> below = Files.walk(root)) {
        below
            .filter(Files::isRegularFile)
            .filter(f -> f.equals(root) || f.getFileName().toString().endsWith(".json"))
            .sorted()
            .forEach(files::add);
      }
    }
    return files.size() > max ? files.subList(0, max) : files;
  }
}
