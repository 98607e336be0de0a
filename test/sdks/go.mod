module example.test/app

go 1.24

require go.opentelemetry.io/otel/sdk v1.38.0
