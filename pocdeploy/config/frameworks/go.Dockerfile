# Written by pocdeploy for a Go application without a Dockerfile of its own.
# GO_IMAGE, RUNTIME_IMAGE: base images. MAIN: package with the function main.
ARG GO_IMAGE=golang:1.25
ARG RUNTIME_IMAGE=alpine:3.22

FROM ${GO_IMAGE} AS build
ARG GOPROXY
ARG MAIN="."
WORKDIR /app
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -o /server "$MAIN"

FROM ${RUNTIME_IMAGE}
# Templates, static files and migrations are read from the source's own folders.
WORKDIR /app
COPY --from=build /app /app
COPY --from=build /server /usr/local/bin/server
USER 10001:10001
