package granule.conformance;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.parser.IParser;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;
import org.hl7.fhir.common.hapi.validation.support.PrePopulatedValidationSupport;
import org.hl7.fhir.instance.model.api.IBaseResource;

/**
 * Profiles, value sets and code systems of a FHIR package read from a file.
 *
 * <p>HAPI's own {@code NpmPackageValidationSupport} reads packages from the class path only; here the
 * packages lie outside of the repository. What a package depends on is not looked for: nothing is fetched.
 */
final class PackageDefinitions extends PrePopulatedValidationSupport {

  private static final Pattern DEFINITION_FILE = Pattern.compile("package/[^/]+\\.json");
  private static final Set<String> TYPES = Set.of("StructureDefinition", "ValueSet", "CodeSystem");

  PackageDefinitions(FhirContext context, Path file) throws IOException {
    super(context);
    ObjectMapper json = new ObjectMapper();
    IParser parser = context.newJsonParser();
    int definitions = 0;
    try (InputStream raw = new BufferedInputStream(Files.newInputStream(file));
        TarArchiveInputStream tar = new TarArchiveInputStream(new GzipCompressorInputStream(raw))) {
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        if (!entry.isFile() || !DEFINITION_FILE.matcher(entry.getName()).matches()) {
          continue;
        }
        String text = new String(tar.readAllBytes(), StandardCharsets.UTF_8);
        JsonNode tree = json.readTree(text);
        if (!TYPES.contains(tree.path("resourceType").asText()) || !tree.has("url")) {
          continue;
        }
        IBaseResource definition = parser.parseResource(text);
        addResource(definition);
        definitions++;
      }
    }
    if (definitions == 0) {
      throw new IOException(file + " holds no definitions: is it a FHIR package?");
    }
  }
}
