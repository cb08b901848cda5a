# Written by pocdeploy for a Node application without a Dockerfile of its own. NODE_IMAGE: base image.
ARG NODE_IMAGE=node:22-slim

FROM ${NODE_IMAGE} AS build
ARG NPM_CONFIG_REGISTRY
WORKDIR /app
COPY . .
RUN set -e; \
    if [ -f pnpm-lock.yaml ]; then npm install --global pnpm && pnpm install --frozen-lockfile; \
    elif [ -f yarn.lock ]; then corepack enable && yarn install --immutable; \
    elif [ -f package-lock.json ]; then npm ci; \
    else npm install; fi; \
    if [ -f prisma/schema.prisma ]; then npx prisma generate; fi; \
    npm run build --if-present

FROM ${NODE_IMAGE}
# Only /tmp can be written.
ENV NODE_ENV=production HOME=/tmp NPM_CONFIG_CACHE=/tmp/.npm NPM_CONFIG_UPDATE_NOTIFIER=false PORT=3000
WORKDIR /app
COPY --from=build /app /app
USER 10001:10001
