# From scratch: the static binary and the certificate authorities, no shell.
#
#   cargo build --release --target x86_64-unknown-linux-musl
#   docker build --build-arg BINARY=target/x86_64-unknown-linux-musl/release/runner-desync .
FROM debian:12-slim AS roots
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates
RUN mkdir -m 0700 /state

FROM scratch
ARG BINARY
COPY --from=roots /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY ${BINARY} /runner-desync
# The recording; mount a volume to keep it between checks. A volume with a name
# takes over whose the directory is.
COPY --from=roots --chown=65532:65532 /state /state
USER 65532:65532
ENV STATE_DIRECTORY=/state
ENTRYPOINT ["/runner-desync"]
