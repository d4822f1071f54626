# make run     the example on http://localhost:3000
# make test    everything: linters, unit tests with the race detector, browsers
# make unit    the Go tests alone, which need nothing but Go
# make redis   the store on Redis, against a real server
# make e2e     the example in Chromium, also against a certified OpenID provider
# make e2e-serverless  the example on AWS Lambda, Google Cloud, Vercel and Azure, with their runtimes as far as there are
#              any, also against the certified provider
# make bench-serverless  their cold starts, requests and sizes: the table of docs/serverless.md
# make e2e-workers  the example on Cloudflare Workers, in workerd, and the reader in JavaScript
# make measure-workers  its sizes, cold starts and requests: the tables of docs/serverless.md
# make lint    linters
# make simulate  histories of overlapping requests: every order of four, and 100,000 at random
# make reliability  measures what several instances cost, and prints the tables of docs/reliability.md
# make faults  the tests of docs/faults.md with more of everything, about ten minutes
# make soak    both, and the browser tests of concurrency at full length, about half an hour
# make fuzz    each fuzz target of every package, ten minutes each (FUZZTIME)
# make fuzz-short  the same, 500 runs each
# make bench   benchmarks, for benchstat, and the kit beside its peers, in ROUNDS rounds
# make bench-node  requests for the session beside @auth/express
# make docs    docs/security-matrix.md and docs/providers.md, from the tests and the presets
# make vectors the test vectors of token/FORMAT.md, written anew

GOLANGCI := v2.15.0
FUZZTIME ?= 10m
BENCHTIME ?= 300ms
COUNT ?= 6
ROUNDS ?= 14
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)

.PHONY: e2e-workers measure-workers e2e-serverless bench-serverless run test simulate reliability faults soak unit redis e2e lint fuzz fuzz-short bench bench-node docs vectors deps redis-server nginx

run:
	go run ./example

test: lint unit fuzz-short redis e2e-serverless e2e-workers e2e

unit:
	go test -race -shuffle=on ./...
	cd example && go vet ./... && go test -race ./doctor
	cd middleware/redisstore && go vet ./...
	cd example/bench && GOWORK=off go vet ./... && GOWORK=off go test ./...

redis: redis-server
	cd middleware/redisstore && go test -shuffle=on -count=1 -parallel 2 -timeout 5m ./...

e2e: deps
	cd example/e2e && go vet ./... && go test -count=1 -timeout 25m ./...

e2e-serverless: example/e2e/op/node_modules/.package-lock.json
	cd middleware/lambda && go vet ./... && go test -race -shuffle=on ./...
	for example in lambda cloudfunctions vercel azure; do (cd example/$$example && go vet ./...) || exit 1; done
	cd example/serverless && go vet ./... && go test -count=1 -timeout 5m ./...

bench-serverless:
	cd example/serverless && MEASURE=1 go test -v -count=1 -timeout 5m -run TestMeasure .

e2e-workers: example/workers/node_modules/.package-lock.json example/e2e/op/node_modules/.package-lock.json
	GOOS=js GOARCH=wasm go vet . && cd example/workers && GOOS=js GOARCH=wasm go vet . && GOOS=js GOARCH=wasm go vet -tags lean .
	go vet -tags authplainpages ./middleware/httpauth && go test -count=1 -tags authplainpages -run 'Page' ./middleware/httpauth
	cd example/workers && go vet ./... && go test -count=1 -timeout 5m ./...

measure-workers: example/workers/node_modules/.package-lock.json
	cd example/workers && sh sizes.sh && go test -v -count=1 -timeout 5m -run TestMeasure . | grep '|'

lint: bin/golangci-lint
	bin/golangci-lint run ./...
	cd example && ../bin/golangci-lint run ./...
	cd example/e2e && ../../bin/golangci-lint run ./...
	cd example/nextjs-shared && ../../bin/golangci-lint run ./...
	cd middleware/redisstore && ../../bin/golangci-lint run ./...
	cd example/workers && ../../bin/golangci-lint run ./... && GOOS=js GOARCH=wasm ../../bin/golangci-lint run ./...
	cd middleware/lambda && ../../bin/golangci-lint run ./...
	for example in serverless lambda cloudfunctions vercel azure; do (cd example/$$example && ../../bin/golangci-lint run ./...) || exit 1; done
	cd example/bench && GOWORK=off ../../bin/golangci-lint run ./...

docs:
	go test . -run TestSecurityMatrix -count=1 -update
	go test ./providers -run TestProvidersDocument -count=1 -update

simulate:
	OVERLAP=4 SEEDS=100000 GOGC=400 go test ./middleware/httpauth -run Simulat -count=1 -timeout 60m -v

reliability: deps
	cd example/e2e && RUNS=100 go test -count=1 -timeout 15m -run 'TestInstances|TestWithoutSharedMemory|TestF5'

faults: nginx
	SOAK=1 go test ./middleware/httpauth -run TestF_ -count=1 -timeout 20m -v

soak: faults reliability
	cd example/e2e && CYCLES=200 RUNS=100 go test -count=1 -timeout 40m -v -run 'TestF36|TestF4'

# What is found is kept in testdata/fuzz of the package, and then runs with its tests.
fuzz:
	@for package in $$(go list ./...); do \
		for target in $$(go test -list '^Fuzz' $$package | grep '^Fuzz'); do \
			echo "$$package $$target"; \
			go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 3s $$package || exit 1; \
		done; \
	done

fuzz-short:
	$(MAKE) fuzz FUZZTIME=500x

# The peers have requirements of their own, so the workspace is left out.
bench:
	go test -run '^$$' -bench . -benchmem -benchtime $(BENCHTIME) -count $(COUNT) ./...
	cd example/bench && GOWORK=off go run . -rounds $(ROUNDS)

bench-node: example/bench/node/node_modules/.package-lock.json
	cd example/bench && GOWORK=off go run . -rounds $(ROUNDS) -node node

vectors:
	go test ./token -run Vectors -update

# What the browser tests need beyond Go: Chromium, and the packages of the
# certified provider, of the real Auth.js and of the React clients; and the Next.js
# application, built. And a Redis server.
deps: example/e2e/op/node_modules/.package-lock.json example/e2e/authjs/node_modules/.package-lock.json \
		example/e2e/clients/node_modules/.package-lock.json example/nextjs-shared/.next/BUILD_ID redis-server
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || \
		($(SUDO) apt-get update && $(SUDO) apt-get install -y --no-install-recommends chromium)

example/e2e/op/node_modules/.package-lock.json: example/e2e/op/package-lock.json
	npm ci --no-audit --no-fund --prefix example/e2e/op

example/e2e/authjs/node_modules/.package-lock.json: example/e2e/authjs/package-lock.json
	npm ci --no-audit --no-fund --prefix example/e2e/authjs

example/workers/node_modules/.package-lock.json: example/workers/package-lock.json
	npm ci --no-audit --no-fund --prefix example/workers

example/e2e/clients/node_modules/.package-lock.json: example/e2e/clients/package-lock.json
	npm ci --no-audit --no-fund --prefix example/e2e/clients

example/nextjs-shared/.next/BUILD_ID: $(wildcard example/nextjs-shared/*.json example/nextjs-shared/*.ts example/nextjs-shared/app/*)
	cd example/nextjs-shared && npm ci --no-audit --no-fund && NEXT_TELEMETRY_DISABLED=1 npm run build

redis-server:
	@command -v redis-server >/dev/null || \
		($(SUDO) apt-get update && $(SUDO) apt-get install -y --no-install-recommends redis-server)

# A cache in front of the application, for make faults; RUNLEVEL keeps it from
# starting as a service.
nginx:
	@command -v nginx >/dev/null || test -x /usr/sbin/nginx || \
		($(SUDO) apt-get update && $(SUDO) env RUNLEVEL=1 apt-get install -y --no-install-recommends nginx-light)

example/bench/node/node_modules/.package-lock.json: example/bench/node/package-lock.json
	npm ci --no-audit --no-fund --prefix example/bench/node

bin/golangci-lint: Makefile
	GOBIN=$(CURDIR)/bin go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI)
