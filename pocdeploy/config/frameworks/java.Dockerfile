# Written by pocdeploy for a Java application without a Dockerfile of its own. JDK_IMAGE, JRE_IMAGE: base images.
ARG JDK_IMAGE=eclipse-temurin:21-jdk
ARG JRE_IMAGE=eclipse-temurin:21-jre

FROM ${JDK_IMAGE} AS build
WORKDIR /app
COPY . .
RUN set -e; \
    if [ -f mvnw ]; then sh ./mvnw --batch-mode -DskipTests package; \
    elif [ -f gradlew ]; then sh ./gradlew --no-daemon bootJar; \
    else echo "neither mvnw nor gradlew is in the source: commit one, or add a Dockerfile" >&2; exit 1; fi; \
    cp "$(ls target/*.jar build/libs/*.jar 2>/dev/null | grep -v -e -plain -e -sources | head -n 1)" /app.jar

FROM ${JRE_IMAGE}
WORKDIR /app
COPY --from=build /app.jar /app/app.jar
USER 10001:10001
