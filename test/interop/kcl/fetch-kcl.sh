#!/usr/bin/env bash
# fetch-kcl.sh FOLDER: KCL's MultiLangDaemon with its dependencies, as jars-VERSION, from Maven's repository. Requires Maven.
set -euo pipefail
folder=${1:?the folder to fetch into}
for version in 2.5.4 3.1.3; do
  project="$folder/project-$version"
  mkdir -p "$project"
  cat > "$project/pom.xml" << POM
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>interop</groupId><artifactId>kcl</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>software.amazon.kinesis</groupId>
      <artifactId>amazon-kinesis-client-multilang</artifactId>
      <version>$version</version>
    </dependency>
  </dependencies>
</project>
POM
  mvn --quiet --batch-mode --file "$project/pom.xml" dependency:copy-dependencies \
    -DoutputDirectory="$folder/jars-$version" -DincludeScope=runtime
done
