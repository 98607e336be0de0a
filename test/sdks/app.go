// An application with OpenTelemetry's SDK: connects to the port, prints the resource of its own span, stays.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"

	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

func main() {
	exporter := tracetest.NewInMemoryExporter()
	provider := trace.NewTracerProvider(trace.WithSyncer(exporter))
	_, span := provider.Tracer("app").Start(context.Background(), "work")
	peer, err := net.Dial("tcp", "127.0.0.1:"+os.Args[1])
	if err != nil {
		panic(err)
	}
	fmt.Fprint(peer, "hello")
	span.End()
	told := map[string]string{}
	for _, one := range exporter.GetSpans()[0].Resource.Attributes() {
		told[string(one.Key)] = one.Value.Emit()
	}
	text, _ := json.Marshal(told)
	fmt.Println(string(text))
	io.Copy(io.Discard, os.Stdin)
	peer.Close()
}
