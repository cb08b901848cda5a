# Written by pocdeploy for a Rails application without a Dockerfile of its own.
# RUBY_IMAGE: base image. BUILD_PACKAGES, RUNTIME_PACKAGES: Debian packages. BUNDLE_OPTIONS: of `bundle install`.
ARG RUBY_IMAGE=ruby:3.3-slim

FROM ${RUBY_IMAGE} AS build
ARG BUILD_PACKAGES="build-essential git libpq-dev libyaml-dev pkg-config"
ARG BUNDLE_OPTIONS=""
RUN if [ -n "$BUILD_PACKAGES" ]; then \
      apt-get update && apt-get install --yes --no-install-recommends $BUILD_PACKAGES; fi
ENV RAILS_ENV=production BUNDLE_WITHOUT=development:test
WORKDIR /app
COPY . .
RUN bundle install $BUNDLE_OPTIONS && mkdir -p /usr/local/bundle
RUN if bundle exec rails --tasks assets:precompile 2>/dev/null | grep -q assets:precompile; then \
      SECRET_KEY_BASE_DUMMY=1 bundle exec rails assets:precompile; fi; \
    rm -rf tmp log && ln -s /tmp tmp && ln -s /tmp log

FROM ${RUBY_IMAGE}
ARG RUNTIME_PACKAGES="libpq5 libyaml-0-2"
RUN if [ -n "$RUNTIME_PACKAGES" ]; then \
      apt-get update && apt-get install --yes --no-install-recommends $RUNTIME_PACKAGES \
        && rm -rf /var/lib/apt/lists/*; fi
# Only /tmp can be written; tmp and log of the application are links to it.
ENV RAILS_ENV=production BUNDLE_WITHOUT=development:test HOME=/tmp PIDFILE=/tmp/server.pid PORT=3000
WORKDIR /app
COPY --from=build /usr/local/bundle /usr/local/bundle
COPY --from=build /app /app
USER 10001:10001
