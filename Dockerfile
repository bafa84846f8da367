# docker build -t phonegate .
#
# The image contains only the gateway. It needs DATABASE_URL, because it does not contain the PostgreSQL of `npm start`.

FROM node:22-bookworm-slim AS build
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
FROM node:22-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional --workspaces=false

FROM node:22-bookworm-slim
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
USER node
EXPOSE 4000
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 4000}/health/live`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# After SIGTERM the gateway ends within about 12 seconds. Run it with a longer stop timeout.
CMD ["node", "dist/main.js"]
