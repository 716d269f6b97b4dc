import ClawJSON
import ClawTesting
import Testing

@Suite("Scheduled jobs over WebSocket")
struct CronTests {
  private static let minutely: JSONValue = ["kind": "every", "everyMs": 60_000]

  /// A gateway with a clock controlled by the test, and frequent polling.
  private static func run<Value: Sendable>(
    in directory: TemporaryDirectory? = nil, models: FakeModelServer? = nil, clock: MovableClock,
    environment: [String: String] = [:], _ body: @escaping @Sendable (GatewayHarness) async throws -> Value
  ) async throws -> Value {
    try await GatewayHarness.run(
      in: directory, models: models,
      environment: ["SWIFTCLAW_RUNS_POLL_INTERVAL": "10ms"].merging(environment) { $1 }, time: clock.source, body)
  }

  private static func create(
    _ client: WireConnection, _ name: String, _ schedule: JSONValue = minutely, _ more: JSONValue = [:]
  ) async throws -> JSONValue {
    var params: JSONValue = ["name": .string(name), "schedule": schedule, "message": .string(name)]
    for (key, value) in more.objectValue ?? [:] { params[key] = value }
    return try await client.call("cron.create", params)["job"] ?? .null
  }

  /// The jobs by their names.
  private static func jobs(_ client: WireConnection, _ params: JSONValue = [:]) async throws -> JSONObject {
    let jobs = try await client.call("cron.list", params)["jobs"]?.arrayValue ?? []
    return JSONObject(jobs.map { ($0["name"]?.stringValue ?? "", $0) })
  }

  private static func session(of job: JSONValue) -> JSONValue {
    .string("agent:default:cron:\(job["id"]?.stringValue ?? "")")
  }

  @Test("a job is made, listed, disabled, enabled and deleted")
  func lifeOfAJob() async throws {
    let clock = MovableClock()
    try await Self.run(clock: clock) { gateway in
      let client = try await gateway.connect(user: "ann")
      let now = clock.now.milliseconds
      let job = try await Self.create(client, "tea")
      let id = try #require(job["id"])
      #expect(
        job == [
          "id": id, "name": "tea", "agentId": "default", "userId": "ann", "enabled": true,
          "schedule": Self.minutely, "message": "tea", "deliver": false, "misfire": "skip",
          "state": ["nextRunAtMs": .integer(now + 60_000)], "createdAtMs": .integer(now), "updatedAtMs": .integer(now),
        ])
      let zoned: JSONValue = ["kind": "cron", "expr": "30 2 * * *", "tz": "Europe/Paris"]
      let second = try await Self.create(
        client, "night", zoned, ["deliver": true, "channel": "telegram", "to": "chat-7", "misfire": "once"])
      #expect(second["schedule"] == zoned && second["deliver"] == true && second["misfire"] == "once")
      #expect(second["channel"] == "telegram" && second["to"] == "chat-7")
      #expect(second["state"]?["nextRunAtMs"] == 1_700_011_800_000)
      #expect(try await Self.jobs(client) == ["tea": job, "night": second])
      let off = try await client.call("cron.toggle", ["jobId": id, "enabled": false])
      #expect(off == ["jobId": id, "enabled": false])
      #expect(try await Self.jobs(client, ["includeDisabled": false]) == ["night": second])
      let listed = try await Self.jobs(client)["tea"]
      #expect(listed?["enabled"] == false && listed?["state"] == [:])
      let on = try await client.call("cron.toggle", ["jobId": id, "enabled": true])
      #expect(on == ["jobId": id, "enabled": true, "nextRunAtMs": .integer(now + 60_000)])
      #expect(try await client.call("cron.delete", ["jobId": id]) == ["deleted": true])
      #expect(try await client.call("cron.list") == ["jobs": [second]])
    }
  }

  @Test(
    "what makes no sense is refused, by name",
    arguments: [
      ("cron.create", #"{"schedule":{"kind":"every","everyMs":1000},"message":"m"}"#, "INVALID_REQUEST", "name"),
      ("cron.create", #"{"name":"n","message":"m"}"#, "INVALID_REQUEST", "schedule"),
      ("cron.create", #"{"name":"n","schedule":{"kind":"every","everyMs":1000}}"#, "INVALID_REQUEST", "message"),
      ("cron.create", #"{"name":"n","schedule":{"kind":"often"},"message":"m"}"#, "INVALID_REQUEST", "kind"),
      ("cron.create", #"{"name":"n","schedule":{"kind":"at"},"message":"m"}"#, "INVALID_REQUEST", "atMs"),
      ("cron.create", #"{"name":"n","schedule":{"kind":"at","atMs":1},"message":"m"}"#, "INVALID_REQUEST", "past"),
      ("cron.create", #"{"name":"n","schedule":{"kind":"every"},"message":"m"}"#, "INVALID_REQUEST", "everyMs"),
      (
        "cron.create", #"{"name":"n","schedule":{"kind":"every","everyMs":999},"message":"m"}"#, "INVALID_REQUEST",
        "everyMs"
      ),
      ("cron.create", #"{"name":"n","schedule":{"kind":"cron"},"message":"m"}"#, "INVALID_REQUEST", "expr"),
      (
        "cron.create", #"{"name":"n","schedule":{"kind":"cron","expr":"61 * * * *"},"message":"m"}"#,
        "INVALID_REQUEST", "minute"
      ),
      (
        "cron.create", #"{"name":"n","schedule":{"kind":"cron","expr":"0 0 30 2 *"},"message":"m"}"#,
        "INVALID_REQUEST", "never"
      ),
      (
        "cron.create",
        #"{"name":"n","schedule":{"kind":"cron","expr":"* * * * *","tz":"Europe/Pariss"},"message":"m"}"#,
        "INVALID_REQUEST", "Europe/Paris"
      ),
      (
        "cron.create", #"{"name":"n","schedule":{"kind":"every","everyMs":1000},"message":"m","misfire":"twice"}"#,
        "INVALID_REQUEST", "misfire"
      ),
      (
        "cron.create", #"{"name":"n","schedule":{"kind":"every","everyMs":1000},"message":"m","agentId":"nobody"}"#,
        "NOT_FOUND", "nobody"
      ),
      ("cron.delete", #"{"jobId":"nothing"}"#, "NOT_FOUND", "nothing"),
      ("cron.delete", "{}", "INVALID_REQUEST", "jobId"),
      ("cron.toggle", #"{"jobId":"nothing","enabled":true}"#, "NOT_FOUND", "nothing"),
      ("cron.toggle", #"{"jobId":"nothing"}"#, "INVALID_REQUEST", "enabled"),
    ])
  func refused(method: String, params: String, code: String, word: String) async throws {
    try await Self.run(clock: MovableClock()) { gateway in
      let client = try await gateway.connect()
      let error = try await client.failure(method, try JSONValue(parsing: params))
      #expect(error["code"] == .string(code))
      #expect(error["message"]?.stringValue?.contains(word) == true, "\(error)")
      #expect(try await client.call("cron.list") == ["jobs": []])
    }
  }

  @Test("at its time a job runs a turn of its agent in its own session, and its user sees it")
  func fires() async throws {
    let (clock, models) = (MovableClock(), try await FakeModelServer.start())
    try await Self.run(models: models, clock: clock) { gateway in
      let client = try await gateway.connect(user: "ann")
      let bob = try await gateway.connect(user: "bob")
      let job = try await Self.create(client, "water the plants")
      for round in 1...2 {
        clock.advance(by: .seconds(60))
        let events = try await client.events(through: "run.completed")
        #expect(events.first?["payload"]?["source"] == "cron")
        #expect(events.last?["payload"]?["content"] == "echo: water the plants")
        #expect(events.allSatisfy { $0["payload"]?["sessionKey"] == Self.session(of: job) })
        let listed = try await client.call("cron.list")["jobs"]?[0]?["state"]
        #expect(listed?["lastStatus"] == "completed")
        #expect(listed?["lastRunAtMs"] == .integer(clock.now.milliseconds))
        #expect(listed?["nextRunAtMs"] == .integer(clock.now.milliseconds + 60_000))
        let history = try await client.call("chat.history", ["sessionKey": Self.session(of: job)])
        #expect(history["messages"]?.arrayValue?.count == 2 * round)
      }
      _ = try await bob.call("health")
      #expect(bob.events.isEmpty)
    }
    #expect(models.violations.isEmpty)
    await models.stop()
  }

  @Test("a job that fails says why, and comes again")
  func fails() async throws {
    let (clock, models) = (MovableClock(), try await FakeModelServer.start())
    models.accept(keys: [])
    try await Self.run(models: models, clock: clock) { gateway in
      let client = try await gateway.connect()
      _ = try await Self.create(client, "job")
      clock.advance(by: .seconds(60))
      _ = try await client.events(through: "run.failed")
      let state = try await client.call("cron.list")["jobs"]?[0]?["state"]
      #expect(state?["lastStatus"] == "failed")
      #expect(state?["lastError"]?.stringValue?.isEmpty == false)
      models.accept(keys: nil)
      clock.advance(by: .seconds(60))
      _ = try await client.events(through: "run.completed")
      let after = try await client.call("cron.list")["jobs"]?[0]?["state"]
      #expect(after?["lastStatus"] == "completed" && after?["lastError"] == nil)
    }
    await models.stop()
  }

  @Test("L13, L29: a job that hangs delays neither another job nor a person, and is left alone when it is deleted")
  func slow() async throws {
    let (clock, models, gate) = (MovableClock(), try await FakeModelServer.start(), FakeGate())
    models.respond { request in
      let isSlow = request.lastUserText == "slow"
      return isSlow ? FakeReply.text("at last").held(by: gate) : .text("echo: \(request.lastUserText)")
    }
    try await Self.run(models: models, clock: clock) { gateway in
      let client = try await gateway.connect()
      let slow = try await Self.create(client, "slow")
      let quick = try await Self.create(client, "quick")
      clock.advance(by: .seconds(60))
      await gate.reached()
      var completed = 0
      while completed < 3 {
        let last = try await client.events(through: "run.completed").last
        #expect(last?["payload"]?["sessionKey"] == Self.session(of: quick))
        completed += 1
        clock.advance(by: .seconds(60))
      }
      let answer = try await client.call("chat.send", ["message": "hello"])
      #expect(answer["content"] == "echo: hello")
      #expect(try await Self.jobs(client)["slow"]?["state"]?["lastStatus"] == "running")
      _ = try await client.call("cron.delete", ["jobId": slow["id"] ?? .null])
      _ = try await client.call("cron.delete", ["jobId": quick["id"] ?? .null])
      client.forgetEvents()
      gate.open()
      var ended: JSONValue?
      repeat {
        ended = try await client.events(through: "run.completed").last
      } while ended?["payload"]?["content"]
        != "at last"
      #expect(ended?["payload"]?["sessionKey"] == Self.session(of: slow))
    }
    #expect(models.requests.filter { $0.lastUserText == "slow" }.count == 1)
    await models.stop()
  }

  @Test("L13: jobs that hang fill their own lane and leave people theirs")
  func ownLane() async throws {
    let (clock, models, gate) = (MovableClock(), try await FakeModelServer.start(), FakeGate())
    models.respond { request in
      let isJob = request.lastUserText.hasPrefix("job")
      return isJob ? FakeReply.text("done").held(by: gate) : .text("echo: \(request.lastUserText)")
    }
    let lanes = ["SWIFTCLAW_LANES_CRON": "1", "SWIFTCLAW_LANES_MAIN": "1"]
    try await Self.run(models: models, clock: clock, environment: lanes) { gateway in
      let client = try await gateway.connect()
      for index in 1...3 { _ = try await Self.create(client, "job \(index)") }
      clock.advance(by: .seconds(60))
      await gate.reached()
      while try await client.call("status")["lanes"]?["cron"]?["queued"] != 2 {}
      #expect(try await client.call("chat.send", ["message": "hello"])["content"] == "echo: hello")
      #expect(models.requests.count == 2)
      gate.open()
      for _ in 1...3 { _ = try await client.events(through: "run.completed") }
    }
    await models.stop()
  }

  @Test("L29: a gateway that dies during a job's run takes that run up again, and starts no second one")
  func crashed() async throws {
    let (clock, models, gate) = (MovableClock(), try await FakeModelServer.start(), FakeGate())
    let directory = try TemporaryDirectory()
    models.enqueue(FakeReply.text("one two").stalling(after: 1, gate))
    let job = try await Self.run(in: directory, models: models, clock: clock) { gateway in
      let client = try await gateway.connect()
      let job = try await Self.create(client, "count")
      clock.advance(by: .seconds(60))
      _ = try await client.events(through: "chunk")
      return job
    }
    gate.open()
    try await Self.run(in: directory, models: models, clock: clock) { gateway in
      let client = try await gateway.connect()
      try await client.subscribe(to: Self.session(of: job), after: 0)
      let events = try await client.events(through: "run.completed")
      #expect(events.compactMap { $0["payload"]?["attempt"]?.intValue } == [1, 2])
      let history = try await client.call("chat.history", ["sessionKey": Self.session(of: job)])
      #expect(history["messages"]?.arrayValue?.compactMap { $0["role"]?.stringValue } == ["user", "assistant"])
      clock.advance(by: .seconds(60))
      _ = try await client.events(through: "run.completed")
      let again = try await client.call("chat.history", ["sessionKey": Self.session(of: job)])
      #expect(again["messages"]?.arrayValue?.count == 4)
    }
    await models.stop()
  }

  @Test("L29: a day of downtime is no flood: one run for the job that makes up, none for the one that skips")
  func downtime() async throws {
    let (clock, models) = (MovableClock(), try await FakeModelServer.start())
    let directory = try TemporaryDirectory()
    try await Self.run(in: directory, models: models, clock: clock) { gateway in
      let client = try await gateway.connect()
      _ = try await Self.create(client, "skips")
      _ = try await Self.create(client, "makes up", Self.minutely, ["misfire": "once"])
    }
    clock.advance(by: .seconds(86_400))
    try await Self.run(in: directory, models: models, clock: clock) { gateway in
      let client = try await gateway.connect()
      while true {
        let jobs = try await Self.jobs(client).mapValues { $0["state"]?["lastStatus"] }
        if jobs == ["skips": "missed", "makes up": "completed"] { break }
      }
      #expect(models.requests.map(\.lastUserText) == ["makes up"])
      clock.advance(by: .seconds(60))
      await models.received(3)
      #expect(models.requests.map(\.lastUserText).sorted() == ["makes up", "makes up", "skips"])
    }
    await models.stop()
  }

  @Test("an admin sees the jobs of all users of the tenant, or of one, and makes one for another")
  func admins() async throws {
    try await Self.run(clock: MovableClock()) { gateway in
      let admin = try await gateway.connect(user: "admin")
      let own = try await Self.create(admin, "own")
      let bobs = try await Self.create(admin, "bobs", Self.minutely, ["userId": "bob"])
      #expect(bobs["userId"] == "bob")
      #expect(try await Self.jobs(admin) == ["own": own, "bobs": bobs])
      #expect(try await admin.call("cron.list", ["userId": "bob"]) == ["jobs": [bobs]])
      #expect(try await admin.call("cron.list", ["userId": "ann"]) == ["jobs": []])
    }
  }

  @Test("the number of jobs is limited")
  func limited() async throws {
    try await Self.run(clock: MovableClock(), environment: ["SWIFTCLAW_CRON_MAX_JOBS": "1"]) { gateway in
      let client = try await gateway.connect()
      _ = try await Self.create(client, "first")
      let params: JSONValue = ["name": "second", "schedule": Self.minutely, "message": "m"]
      let error = try await client.failure("cron.create", params)
      #expect(error["code"] == "RESOURCE_EXHAUSTED" && error["details"]?["limit"] == 1)
    }
  }
}
