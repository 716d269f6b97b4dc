import ClawJSON
import ClawProtocol
import ClawTesting
import NIOHTTP1
import Testing

/// Two tenants, `a` and `b`. In `a`, Ann has one object of every kind, all marked; others try to reach them.
struct IsolationStage {
  /// Part of all of Ann's private data, and not of any name.
  static let mark = "zebra"
  /// Part of data visible to her tenant only.
  static let tenantMark = "okapi"
  /// Her twin's name in the same tenant is canonically equivalent.
  static let (ann, twin) = ("ann\u{E9}", "anne\u{301}")
  static let session = "agent:default:plan"

  /// Who calls.
  struct Caller: CustomTestStringConvertible {
    let tenant: String
    let user: String
    let role: MethodRole
    let socket: WireConnection
    let secret: String

    var isAnn: Bool { tenant == "a" && user.hasSameBytes(as: IsolationStage.ann) }
    var testDescription: String { "\(role.rawValue) \(user) of \(tenant)" }
  }

  /// An object named by a parameter.
  struct Reference: Sendable {
    /// Ann's.
    let hers: JSONValue
    /// A nonexistent one of the same kind; a new one each time.
    let nobodys: JSONValue
    /// Whether the whole tenant may use it.
    var isTenants = false
  }

  let gateway: GatewayHarness
  let gate: FakeGate
  /// In this order: Ann's viewer, operator and admin; Bob's and her twin's of the same tenant; those of an Ann of the
  /// other. All of them are bound to their user.
  let callers: [Caller]
  let references: [String: Reference]

  /// Parameters that name no object.
  static let values: JSONObject = [
    "message": "hello", "schedule": ["kind": "every", "everyMs": 3_600_000], "label": "label", "enabled": false,
    "name": "thing", "stream": true, "thinking": true, "wait": true, "model": "fake-large", "models": ["fake-large"],
    "limit": 50, "query": "e", "includeDisabled": true, "deliver": false, "to": "c1", "misfire": "skip",
    "channel": "telegram", "chatId": "c1", "accountId": "acc", "role": "viewer", "description": "text", "emoji": "x",
    "prompt": "text", "deleteFiles": true, "level": "info", "afterSeq": 0, "provider": "demo", "before": 1000,
    "protocol": 3, "file": "SKILL.md", "mode": "queue",
  ]

  /// The params of a call with all required parameters and one optional: with a real object, and with a nonexistent
  /// one.
  struct Variant: Sendable {
    let params: JSONValue
    let toNobody: JSONValue
    /// Whether it refers to Ann's private data.
    let isPrivate: Bool
    /// Whether it refers to her tenant's data.
    let isNaming: Bool
  }

  /// - Throws: for an unknown parameter: declare there what it refers to, or its value.
  func variants<M: Method>(of method: M.Type) throws -> [Variant] {
    let parameters = try ParameterProbe.parameters(of: method, examples: Self.values)
    let required = parameters.filter { !$0.isOptional }
    return try ([nil] + parameters.filter(\.isOptional)).map { optional in
      var (params, toNobody): (JSONValue, JSONValue) = ([:], [:])
      var used: [Reference] = []
      for parameter in required + [optional].compactMap(\.self) {
        let reference = references[parameter.name]
        if let reference { used.append(reference) }
        let value = try #require(
          reference?.hers ?? Self.values[parameter.name],
          "what does the parameter \(parameter.name) of \(M.name) name? say it in IsolationStage")
        params[parameter.name] = value
        toNobody[parameter.name] = reference?.nobodys ?? value
      }
      return Variant(
        params: params, toNobody: toNobody, isPrivate: used.contains { !$0.isTenants }, isNaming: !used.isEmpty)
    }
  }

  /// All of Ann's data, as her own admin sees it.
  func annsThings() async throws -> JSONValue {
    let ann = callers[2].socket
    func mine(_ list: JSONValue?, _ key: String, _ value: JSONValue) -> JSONValue {
      .array((list?.arrayValue ?? []).filter { $0[key] == value })
    }
    let devices = try await ann.call("device.pair.list")
    return [
      "sessions": mine(try await ann.call("sessions.list")["sessions"], "userId", .string(Self.ann)),
      "history": try await ann.call("chat.history", ["sessionKey": .string(Self.session)]),
      "jobs": mine(try await ann.call("cron.list")["jobs"], "userId", .string(Self.ann)),
      "agents": mine(try await ann.call("agents.list")["agents"], "id", references["agentId"]?.hers ?? .null),
      "paired": mine(devices["paired"], "device_id", references["deviceId"]?.hers ?? .null),
      "pending": mine(devices["pending"], "code", references["code"]?.hers ?? .null),
    ]
  }
}
