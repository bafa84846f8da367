# docker build -t phonegate .
#
# The image contains only the gateway. It needs DATABASE_URL, because it does not contain the PostgreSQL of `npm start`.

# Pinned by digest, so that every build has the same base. Renew it with each security release of Node.js or Debian: the official list is
# https://github.com/docker-library/repo-info/blob/master/repos/node/remote/22-bookworm-slim.md
ARG NODE_IMAGE=node:22-bookworm-slim@sha256:48e4b67d85f87bd551df43704e24d252f56cc5f8e9718841aace50f19948f0f9

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY packages packages
RUN npm ci
COPY tsconfig.json tsconfig.build.json prisma.config.ts ./
COPY bin bin
COPY scripts scripts
COPY prisma prisma
COPY src src
RUN node scripts/build.mjs

# The packages that the running gateway needs, without the optional PostgreSQL binaries (60 MB).
FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional --workspaces=false

FROM ${NODE_IMAGE}
ENV NODE_ENV=production
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist dist
# The gateway reads the migrations from here at its start.
COPY prisma prisma
COPY bin bin
COPY package.json LICENSE ./
# docker run … phonegate phonegate doctor
RUN ln -s /app/bin/phonegate.mjs /usr/local/bin/phonegate
# The gateway writes no files. Run it with a read-only root, without capabilities: docs/operations/docker.md.
USER node
EXPOSE 4000
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 4000}/health/live`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# After SIGTERM the gateway ends within about 22 seconds: SHUTDOWN_DELAY_SECONDS, then DELIVERY_BUDGET_SECONDS and 7 seconds.
# Run it with a longer stop timeout.
CMD ["node", "dist/main.js"]
