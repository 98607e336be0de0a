"""An application with OpenTelemetry's SDK: connects to the port, prints the resource of its own span, stays."""

import json
import socket
import sys

from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

exporter = InMemorySpanExporter()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(exporter))
with provider.get_tracer('app').start_as_current_span('work'):
    peer = socket.create_connection(('127.0.0.1', int(sys.argv[1])))
    peer.sendall(b'hello')
(span,) = exporter.get_finished_spans()
print(json.dumps(dict(span.resource.attributes)), flush=True)
sys.stdin.read()
