package granule.conformance;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.DefaultProfileValidationSupport;
import ca.uhn.fhir.context.support.IValidationSupport;
import ca.uhn.fhir.validation.FhirValidator;
import ca.uhn.fhir.validation.SingleValidationMessage;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.hl7.fhir.common.hapi.validation.support.CommonCodeSystemsTerminologyService;
import org.hl7.fhir.common.hapi.validation.support.InMemoryTerminologyServerValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.SnapshotGeneratingValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.UnknownCodeSystemWarningValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.ValidationSupportChain;
import org.hl7.fhir.common.hapi.validation.validator.FhirInstanceValidator;
import org.hl7.fhir.r5.utils.validation.constants.BestPracticeWarningLevel;
import org.hl7.fhir.utilities.http.ManagedWebAccess;

/**
 * HAPI's instance validator with everything it needs in memory.
 *
 * <p>One object serves the whole run and all threads: loading the definitions takes far longer than
 * validating a bundle, and its caches are what makes the later bundles fast.
 */
final class ResourceValidator {

  /**
   * A constraint which nothing can meet: it stands on the extension, but speaks of the children of the resource
   * ({@code substanceExposureRisk.exists() and code.empty()}). {@link ContentRules} checks what it means.
   */
  private static final String SUBSTANCE_EXPOSURE_RISK_WITHOUT_CODE =
      ContentRules.SUBSTANCE_EXPOSURE_RISK + "#inv-1";

  private final IValidationSupport definitions;
  private final FhirValidator validator;

  ResourceValidator(List<Path> packages, boolean vitalSigns) throws IOException {
    // Nothing in the chain below asks a server. Should a later version of the library want to, it is refused
    // and the run shows it, instead of passing here and failing on a machine without network.
    ManagedWebAccess.setAccessPolicy(ManagedWebAccess.WebAccessPolicy.PROHIBITED);

    FhirContext context = FhirContext.forR4();
    List<IValidationSupport> supports = new ArrayList<>();
    for (Path file : packages) {
      supports.add(new PackageDefinitions(context, file));
    }
    supports.add(new DefaultProfileValidationSupport(context));
    supports.add(new LanguageTags(context));
    supports.add(new UndecidableValueSets(context));
    supports.add(new CommonCodeSystemsTerminologyService(context));
    supports.add(new InMemoryTerminologyServerValidationSupport(context));
    supports.add(new SnapshotGeneratingValidationSupport(context));
    supports.add(unknownCodeSystems(context));

    ValidationSupportChain.CacheConfiguration caches =
        ValidationSupportChain.CacheConfiguration.defaultValues()
            .setCacheTimeout(Duration.ofHours(6))
            .setCacheSize(200_000);
    ValidationSupportChain chain = new ValidationSupportChain(caches, supports);
    // R4: one coding of a CodeableConcept must be in the value set; a local code beside it is no fault.
    chain.setCodeableConceptValidationSuccessfulIfNotAllCodingsAreValid(true);
    definitions = chain;

    FhirInstanceValidator module = new FhirInstanceValidator(chain);
    if (vitalSigns) {
      module.setValidatorPolicyAdvisor(new VitalSignsAdvisor());
    }
    module.setAnyExtensionsAllowed(true);
    module.setErrorForUnknownProfiles(false);
    module.setBestPracticeWarningLevel(BestPracticeWarningLevel.Ignore);

    // HAPI can validate the entries of a bundle concurrently, but then the bundle itself and the references
    // between its entries are not looked at. Threads work on different files instead.
    validator =
        context
            .newValidator()
            .setValidateAgainstStandardSchema(false)
            .setValidateAgainstStandardSchematron(false)
            .registerValidatorModule(module);
  }

  /** The profiles, value sets and code systems at hand. */
  IValidationSupport definitions() {
    return definitions;
  }

  /** SNOMED CT, LOINC, RxNorm and whatever else is not at hand: a code of theirs cannot be called wrong. */
  private static IValidationSupport unknownCodeSystems(FhirContext context) {
    UnknownCodeSystemWarningValidationSupport support =
        new UnknownCodeSystemWarningValidationSupport(context);
    support.setNonExistentCodeSystemSeverity(IValidationSupport.IssueSeverity.WARNING);
    return support;
  }

  /**
   * R4's list of units for vital signs has no litre per minute, and US Core's pulse oximetry fixes just that for the oxygen
   * that was given: no resource can obey both, and the flow of oxygen is in litres per minute.
   */
  private static boolean contradiction(String message) {
    return message.contains("http://unitsofmeasure.org#L/min") && message.contains("ucum-vitals-common");
  }

  /** Validates one resource against R4 and against the profiles which it and its entries claim. */
  List<Finding> validate(String json) {
    List<Finding> findings = new ArrayList<>();
    for (SingleValidationMessage message : validator.validateWithResult(json).getMessages()) {
      if (contradiction(message.getMessage())) {
        continue;
      }
      findings.add(
          new Finding(
              severity(message),
              id(message),
              message.getLocationString() == null ? "" : message.getLocationString(),
              message.getMessage()));
    }
    return findings;
  }

  private static boolean isDefective(SingleValidationMessage message) {
    return SUBSTANCE_EXPOSURE_RISK_WITHOUT_CODE.equals(message.getMessageId());
  }

  private static String id(SingleValidationMessage message) {
    if (message.getMessage().contains(UndecidableValueSets.MARK)) {
      return "granule-undecidable-value-set";
    }
    return message.getMessageId() == null ? "" : message.getMessageId();
  }

  private static Finding.Severity severity(SingleValidationMessage message) {
    if (isDefective(message)) {
      return Finding.Severity.INFORMATION;
    }
    return switch (message.getSeverity()) {
      case FATAL, ERROR -> Finding.Severity.ERROR;
      case WARNING -> Finding.Severity.WARNING;
      case INFORMATION -> Finding.Severity.INFORMATION;
    };
  }
}
