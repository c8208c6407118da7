package granule.conformance;

import java.util.List;
import java.util.Set;
import org.hl7.fhir.common.hapi.validation.validator.FhirDefaultPolicyAdvisor;
import org.hl7.fhir.r5.elementmodel.Element;
import org.hl7.fhir.r5.model.ElementDefinition;
import org.hl7.fhir.r5.model.StructureDefinition;
import org.hl7.fhir.r5.utils.validation.IMessagingServices;
import org.hl7.fhir.r5.utils.validation.IResourceValidator;
import org.hl7.fhir.r5.utils.validation.constants.ReferenceValidationPolicy;
import org.hl7.fhir.utilities.validation.ValidationMessage;
import org.hl7.fhir.validation.instance.advisor.BasePolicyAdvisorForFullValidation;

/**
 * Applies the vital signs profiles of R4 to observations by their code.
 *
 * <p>R4 demands that an Observation with one of the LOINC codes for vital signs conforms to its vital signs profile, whether it
 * claims it or not. HL7's own validator holds to that, HAPI does not unless told.
 */
final class VitalSignsAdvisor extends FhirDefaultPolicyAdvisor {

  private final BasePolicyAdvisorForFullValidation full =
      new BasePolicyAdvisorForFullValidation(ReferenceValidationPolicy.IGNORE, Set.of());

  @Override
  public List<StructureDefinition> getImpliedProfilesForResource(
      IResourceValidator validator,
      Object appContext,
      String stackPath,
      ElementDefinition definition,
      StructureDefinition structure,
      Element resource,
      boolean valid,
      IMessagingServices messaging,
      List<ValidationMessage> messages) {
    return full.getImpliedProfilesForResource(
        validator, appContext, stackPath, definition, structure, resource, valid, messaging, messages);
  }
}
