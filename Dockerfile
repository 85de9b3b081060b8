# Calling with its models and datasets. Built with TLS to PostgreSQL, which managed databases require, with `models fetch`, and
# with scaling on Kubernetes.
# deploy/image.sh builds it with the tags and labels of the commit.

FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY . .
# The caches are kept between builds, so that a change in src compiles only this crate.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked --features postgres-tls,ec2,fetch,kubernetes,mail \
    && install -D target/release/calling /opt/calling/calling

FROM debian:bookworm-slim
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Calling" \
    org.opencontainers.image.description="A personality-and-career site: 86 questions, two classifiers, real wages" \
    org.opencontainers.image.licenses="MIT OR Apache-2.0" \
    org.opencontainers.image.version="${VERSION}" \
    org.opencontainers.image.revision="${REVISION}"
# An account without privileges, and the only directory that it may write to: for an SQLite file, if no database is set.
RUN useradd --system --uid 10001 --user-group --no-create-home --home-dir /var/lib/calling calling \
    && install -d -o calling -g calling /var/lib/calling
COPY --from=build /opt/calling/calling /opt/calling/calling
# The program finds models and datasets next to the executable.
COPY models /opt/calling/models
COPY datasets /opt/calling/datasets
COPY LICENSE-MIT LICENSE-APACHE NOTICE /opt/calling/

USER 10001:10001
WORKDIR /var/lib/calling
VOLUME /var/lib/calling
ENV CALLING_LISTEN=0.0.0.0:8080 \
    DATABASE_URL=sqlite:///var/lib/calling/calling.db
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["/opt/calling/calling", "healthcheck"]
ENTRYPOINT ["/opt/calling/calling"]
CMD ["serve"]
