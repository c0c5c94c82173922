FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY src src
RUN npm run build

FROM node:24-slim
ENV NODE_ENV=production
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The optional dependency is the embedded PostgreSQL: a container gets a DATABASE_URL.
RUN npm ci --omit=dev --omit=optional && npm cache clean --force
COPY drizzle drizzle
COPY --from=build /app/dist dist
USER node
# The status page of `schedule`: from inside a container loopback would reach nobody.
ENV STATUS_HOST=0.0.0.0
EXPOSE 8080
ENTRYPOINT ["node", "/app/dist/main.js"]
CMD ["--help"]
