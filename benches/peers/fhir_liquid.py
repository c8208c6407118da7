"""python-fhir-converter (PyPI) in one process: a command a line on standard input, an answer a line on standard output.
The commands are described in peers.py."""
import json
import re
import sys
import time

from fhir_converter.renderers import CcdaRenderer

# which of its templates is for which document, by the LOINC code of the document; CCD has the most sections
TEMPLATES = {
    '34133-9': 'CCD', '11488-4': 'ConsultationNote', '18842-5': 'DischargeSummary', '34117-2': 'HistoryandPhysical',
    '11504-8': 'OperativeNote', '28570-0': 'ProcedureNote', '11506-3': 'ProgressNote', '57133-1': 'ReferralNote',
    '18761-7': 'TransferSummary',
}
ENCODING = re.compile(rb'^[^>]*encoding\s*=\s*["\']([\w.-]+)')
DOCUMENT_CODE = re.compile(rb'<(?:\w+:)?code\s[^>]*?\bcode\s*=\s*["\']([\d-]+)')


def main():
    answers, sys.stdout = sys.stdout, sys.stderr
    renderer = CcdaRenderer()
    for line in sys.stdin:
        command = json.loads(line)
        answer = {'ms': []}
        try:
            with open(command['path'], 'rb') as f:
                document = f.read()
            found = ENCODING.match(document[:200])
            encoding = found.group(1).decode() if found else 'utf-8'
            code = DOCUMENT_CODE.search(document)
            template = TEMPLATES.get(code.group(1).decode() if code else '', 'CCD')
            for _ in range(command['times']):
                start = time.perf_counter()
                bundle = renderer.render_fhir_string(template, document, encoding).encode()
                answer['ms'].append((time.perf_counter() - start) * 1000)
            if command.get('out'):
                with open(command['out'], 'wb') as f:
                    f.write(bundle)
        except Exception as e:  # whatever a peer throws is a document that it did not convert
            # the first words only: what follows may be the bundle
            cause = e.__cause__ or e
            answer['error'] = f'{type(cause).__name__}: {(cause.args or [""])[0]}'[:120]
        answers.write(json.dumps(answer) + '\n')
        answers.flush()


main()
