FROM node:24.19.0-slim@sha256:cd84903a12dbd26b46f1f3b8144a2568c41c5d37ddd0c7a80a34c7a19786b35f AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json ./
COPY src src
COPY packaging packaging
RUN npm run build

FROM node:24.19.0-slim@sha256:cd84903a12dbd26b46f1f3b8144a2568c41c5d37ddd0c7a80a34c7a19786b35f
ENV NODE_ENV=production
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The optional dependency is the embedded PostgreSQL: a container gets a DATABASE_URL.
RUN npm ci --omit=dev --omit=optional && npm cache clean --force
COPY drizzle drizzle
COPY --from=build /app/dist dist
COPY docker docker
USER node
# The status page of `schedule`: from inside a container loopback would reach nobody.
ENV STATUS_HOST=0.0.0.0
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 CMD ["node", "/app/docker/health-check.mjs"]
ENTRYPOINT ["node", "/app/dist/main.js"]
CMD ["--help"]
