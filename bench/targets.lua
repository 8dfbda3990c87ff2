-- Requests paths at random from the file BENCH_PATHS, and prints the result as JSON at the end.
local paths = {}

function init()
  for line in io.lines(os.getenv("BENCH_PATHS")) do paths[#paths + 1] = line end
  math.randomseed(os.time())
  wrk.headers["x-api-token"] = os.getenv("BENCH_TOKEN")
  wrk.headers["content-type"] = "application/json"
  wrk.method = os.getenv("BENCH_METHOD")
  local body = os.getenv("BENCH_BODY")
  if body ~= "" then wrk.body = body end
end

function request()
  return wrk.format(nil, paths[math.random(#paths)])
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests": %d, "seconds": %.6f, "p50_ms": %.3f, "p99_ms": %.3f, "refused": %d, "broken": %d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout
  ))
end
