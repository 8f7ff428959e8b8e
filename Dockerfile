# From scratch: the static binary and the certificate authorities, no shell.
#
#   cargo build --release --target x86_64-unknown-linux-musl
#   docker build --build-arg BINARY=target/x86_64-unknown-linux-musl/release/runner-desync .
FROM debian:12-slim AS roots
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates

FROM scratch
ARG BINARY
COPY --from=roots /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY ${BINARY} /runner-desync
USER 65532:65532
# The recording; mount a volume to keep it between checks.
ENV STATE_DIRECTORY=/state
ENTRYPOINT ["/runner-desync"]
