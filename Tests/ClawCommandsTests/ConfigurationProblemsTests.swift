import ClawCore
import Testing

@testable import ClawCommands

@Suite("Configuration problems")
struct ConfigurationProblemsTests {
  @Test(
    "What is wrong is named with its place and what to do",
    arguments: [
      (#"{"gateway": {"prot": 1}}"#, "gateway.prot: unknown setting; did you mean gateway.port?"),
      (#"{"gatway": {"port": 1}}"#, "gatway: unknown setting; did you mean gateway?"),
      (#"{"drain_timeout": "1s"}"#, "did you mean gateway.drain_timeout?"),
      (#"{"zzzzzzzzzz": 1}"#, "zzzzzzzzzz: unknown setting; see swiftclaw config show"),
      (#"{"gateway.port": 1}"#, #"write {"gateway": {"port": …}}"#),
      (#"{"gateway": 7}"#, "gateway: expected an object"),
      (#"{"gateway": {"port": "x"}}"#, #"gateway.port: expected a whole number from 0 to 65535, found "x""#),
      (#"{"gateway": {"port": 65536}}"#, "from 0 to 65535, found 65536"),
      (#"{"gateway": {"port": 1.5}}"#, "found 1.5"),
      (#"{"gateway": {"drain_timeout": "soon"}}"#, "gateway.drain_timeout: expected a duration"),
      (#"{"gateway": {"drain_timeout": true}}"#, "found true"),
      (#"{"gateway": {"allowed_origins": "https://a"}}"#, "expected a list of origins"),
      (#"{"gateway": {"allowed_origins": ["example.com"]}}"#, "scheme, host and port"),
      (#"{"gateway": {"allowed_origins": ["https://a", "https://a/path"]}}"#, "scheme, host and port"),
      (#"{"gateway": {"allowed_origins": ["https://*.a"]}}"#, "scheme, host and port"),
      (#"{"gateway": {"trusted_proxies": ["10.0.0.0/33"]}}"#, "such as 10.1.2.3 or 10.0.0.0/8"),
      (#"{"gateway": {"trusted_proxies": ["::1", "proxy"]}}"#, "such as 10.1.2.3 or 10.0.0.0/8"),
      (#"{"gateway": {"public_url": "https://claw.example:99999"}}"#, "begins with http:// or https://"),
      (#"{"gateway": {"port": 1, "host": "::1", "port": 2}}"#, #"line 1, column 40: "port" is there twice"#),
      (#"{"gateway": {"port": 1}, "gateway": {}}"#, #""gateway" is there twice"#),
      (#"{"gateway": {"public_url": "claw.example"}}"#, "begins with http:// or https://"),
      (#"{"log": {"level": "loud"}}"#, "one of trace, debug, info, notice, warning, error, critical"),
      (#"{"store": {"synchronous": "off"}}"#, "one of normal, full"),
      (#"{"gateway": {"idle_timeout": "10s"}}"#, "must be longer than gateway.ping_interval (30s)"),
      (#"{"models": {"retry_cap": "1ms"}}"#, "must not be shorter than models.retry_base"),
      (#"{"models": {"provider": "opnai"}}"#, "did you mean openai?"),
      (#"{"models": {"provider": "openai"}}"#, "SWIFTCLAW_OPENAI_API_KEY is not set"),
      (#"{"models": {"model": "gpt-4o"}}"#, "no provider has a key"),
      (#"{"models": {"provider": "vllm"}}"#, "SWIFTCLAW_MODEL"),
      (#"[]"#, "expected an object"), (#"{"gateway": }"#, "not valid JSON: line 1, column 13"),
    ])
  func problems(json: String, expected: String) throws {
    let loaded = try load(json)
    let problem = try #require(loaded.problems.first)
    #expect(problem.description.contains(expected))
    #expect(problem.place == loaded.file)
    #expect(loaded.problems.count == 1)
    #expect(throws: ConfigurationError.self) { try loaded.checked() }
  }

  @Test(
    "A secret in the file is refused, and the message says which variable to use and not what was there",
    arguments: [
      (#"{"gateway": {"token": "planted-secret-1"}}"#, "SWIFTCLAW_GATEWAY_TOKEN"),
      (#"{"providers": {"openai": {"api_key": "planted-secret-1"}}}"#, "SWIFTCLAW_OPENAI_API_KEY"),
    ])
  func secretsInFile(json: String, variable: String) throws {
    let problem = try #require(try load(json).problems.first)
    #expect(problem.message.contains(variable))
    #expect(!problem.description.contains("planted"))
  }

  @Test(
    "S33: An address with a password is refused, and the message repeats neither",
    arguments: ["http://ann:planted@host/v1", "https://planted@host", "https://a:planted@b@host"])
  func userinfo(address: String) throws {
    for variable in ["SWIFTCLAW_OPENAI_BASE_URL", "SWIFTCLAW_GATEWAY_PUBLIC_URL"] {
      let problem = try #require(try load(environment: [variable: address]).problems.first)
      #expect(problem.place == variable && problem.message.contains("without user and password"))
      #expect(!problem.description.contains("planted"))
    }
  }

  @Test("Everything that is wrong is said at once")
  func allAtOnce() throws {
    let loaded = try load(
      #"{"gateway": {"port": "x", "hots": "y"}}"#, environment: ["SWIFTCLAW_LANES_MAIN": "none"])
    #expect(loaded.problems.map(\.place).filter { $0 == loaded.file }.count == 2)
    #expect(loaded.problems.contains { $0.place == "SWIFTCLAW_LANES_MAIN" })
  }

  @Test("An unknown variable is a note that names the nearest known one")
  func unknownVariable() throws {
    let loaded = try load(environment: ["SWIFTCLAW_PROT": "1", "SWIFTCLAW_HOME_": "x", "OTHER": "y"])
    #expect(loaded.problems.isEmpty)
    #expect(loaded.notes.contains { $0.place == "SWIFTCLAW_PROT" && $0.message.contains("SWIFTCLAW_PORT") })
    #expect(!loaded.notes.contains { $0.place == "OTHER" })
  }

  @Test("A port that Kubernetes put into the environment is explained")
  func kubernetes() throws {
    let loaded = try load(environment: ["SWIFTCLAW_PORT": "tcp://10.0.0.1:18790"])
    #expect(loaded.problems.first?.message.contains("enableServiceLinks") == true)
  }

  @Test("A configuration file that was named has to be there")
  func namedFile() throws {
    let folder = try TemporaryFolder()
    let loader = ConfigurationLoader(
      environment: ["HOME": folder.path], workingDirectory: folder.path, configFile: "missing.json")
    let loaded = try loader.load()
    #expect(loaded.problems.first?.description == "\(folder.path)/missing.json: no such file")
  }

  @Test(
    "The nearest name is found within reason",
    arguments: [
      ("gateway.port", "gateway.port"), ("gateway.prot", "gateway.port"), ("gateway.pport", "gateway.port"),
      ("Gateway.Port", "gateway.port"), ("lanes.mian", "lanes.main"), ("abcdefghij", nil), ("", nil),
      (String(repeating: "gateway.port", count: 20), nil),
    ] as [(String, String?)])
  func nearest(name: String, expected: String?) {
    #expect(NearestName.nearest(to: name, among: ["lanes.main", "gateway.port", "store.path"]) == expected)
  }
}
