import ClawJSON
import ClawProtocol
import ClawServer
import ClawTesting
import NIOHTTP1
import Testing

/// The stage's objects as the HTTP routes name them.
struct RouteStage {
  let stage: IsolationStage
  /// Ann's object and a nonexistent one, by the path up to its name.
  let references: [String: IsolationStage.Reference]

  /// A request to a route: for Ann's object, and for a nonexistent one.
  struct Variant: Sendable {
    let method: HTTPMethod
    let path: String
    let toNobody: String
    let body: String?
    let bodyToNobody: String?
    /// Whether it names anything.
    var isNaming: Bool { path != toNobody || body != bodyToNobody }
  }

  private struct Bodies: Sendable {
    let hers: JSONValue
    let nobodys: JSONValue
  }

  /// The bodies for routes that read one: for Ann's object, and for a nonexistent one.
  private static let bodies: [String: Bodies] = {
    func same(_ body: JSONValue) -> Bodies { Bodies(hers: body, nobodys: body) }
    let said: JSONValue = [["role": "user", "content": "hello"]]
    return [
      "POST /v1/chat/completions": Bodies(
        hers: ["model": "swiftclaw:helper", "messages": said],
        nobodys: ["model": "swiftclaw:no-agent", "messages": said]),
      "POST /v1/tenants": Bodies(hers: ["id": "a"], nobodys: ["id": "c"]),
      "PATCH /v1/tenants/{id}": same(["name": "changed"]),
      "POST /v1/users": Bodies(hers: ["id": "zoe"], nobodys: ["id": "nobody"]),
      "PATCH /v1/users/{id}": same(["name": "changed"]),
      "POST /v1/api-keys": same(["name": "k", "user_id": .string(IsolationStage.ann)]),
      "POST /v1/providers": Bodies(
        hers: ["name": "anns-llm", "api_base": "http://127.0.0.1:1/v1"],
        nobodys: ["name": "no-llm", "api_base": "http://127.0.0.1:1/v1"]),
      "PUT /v1/providers/{name}": same(["display_name": "changed"]),
      "PATCH /v1/providers/{name}": same(["display_name": "changed"]),
      "POST /v1/providers/{name}/test": same(["model": "changed"]),
      "POST /v1/media": same("bytes"),
      "PATCH /v1/api-keys/{id}": same(["name": "changed"]), "PUT /v1/secrets/{name}": same(["value": "changed"]),
    ]
  }()

  static func run(_ body: @escaping @Sendable (RouteStage) async throws -> Void) async throws {
    try await IsolationStage.run { stage in
      let ann = caller(stage.callers[2], stage)
      let mark = IsolationStage.mark
      for (method, path, content) in [
        (HTTPMethod.POST, "/v1/users", "{\"id\":\"zoe\",\"name\":\"\(mark) name\"}"),
        (
          .POST, "/v1/providers",
          #"{"name":"anns-llm","display_name":"\#(IsolationStage.tenantMark)","api_base":"http://127.0.0.1:1/v1","api_key":"\#(mark)-key"}"#
        ),
        (.PUT, "/v1/secrets/OKAPI_KEY", "{\"value\":\"\(mark) value\"}"),
      ] {
        let answer = try await ann.send(method, path, body: content)
        #expect([201, 204].contains(answer.status), "\(answer.text)")
      }
      let key =
        try await APIKeyTests.make(ann, ["name": "\(mark) key", "user_id": .string(IsolationStage.ann)])["id"] ?? .null
      let media = try await ann.send(.POST, "/v1/media", body: "\(mark) bytes").json["id"] ?? .null
      let nobody: JSONValue = "01890a5d-ac96-774b-bcce-b302099a8057"
      try await body(
        RouteStage(
          stage: stage,
          references: [
            "/v1/users/": .init(hers: "zoe", nobodys: "nobody"), "/v1/api-keys/": .init(hers: key, nobodys: nobody),
            "/v1/secrets/": .init(hers: "OKAPI_KEY", nobodys: "NO_KEY"),
            "/v1/providers/": .init(hers: "anns-llm", nobodys: "no-llm"),
            "/v1/media/": .init(hers: media, nobodys: nobody), "/v1/tenants/": .init(hers: "a", nobodys: "no-tenant"),
            "/v1/models/": .init(hers: "swiftclaw:helper", nobodys: "swiftclaw:no-agent"),
          ]))
    }
  }

  static func caller(
    _ caller: IsolationStage.Caller, _ stage: IsolationStage, _ headers: [(String, String)] = []
  ) -> HTTPCaller {
    .withoutCredential(stage.gateway, headers: [("Authorization", "Bearer \(caller.secret)")] + headers)
  }

  /// - Throws: for an unknown path or body: declare here what it refers to.
  func variant(of route: RouteDescription) throws -> Variant {
    var (path, toNobody) = (route.path, route.path)
    if let start = route.path.firstIndex(of: "{"), let end = route.path.firstIndex(of: "}") {
      let reference = try #require(
        references[String(route.path[..<start])], "what does \(route.path) name? say it in RouteStage")
      let rest = route.path[route.path.index(after: end)...]
      path = route.path[..<start] + (reference.hers.stringValue ?? "") + rest
      toNobody = route.path[..<start] + (reference.nobodys.stringValue ?? "") + rest
    }
    let name = "\(route.method) \(route.path)"
    let bodies = Self.bodies[name]
    #expect((bodies != nil) == route.takesBody, "what does \(name) take? say it in RouteStage")
    return Variant(
      method: HTTPMethod(rawValue: route.method), path: path, toNobody: toNobody,
      body: bodies?.hers.serializedString(), bodyToNobody: bodies?.nobodys.serializedString())
  }

  /// All of Ann's data reachable over HTTP, as her own admin and the gateway's operator see it.
  func annsThings() async throws -> JSONValue {
    let (ann, owner) = (Self.caller(stage.callers[2], stage), HTTPCaller(stage.gateway))
    return [
      "user": try await ann.get("/v1/users/zoe").json, "secrets": try await ann.get("/v1/secrets").json,
      "key": try await ann.get("/v1/api-keys/\(references["/v1/api-keys/"]?.hers.stringValue ?? "")").json,
      "provider": try await ann.get("/v1/providers/anns-llm").json,
      "media": .string(try await ann.get("/v1/media/\(references["/v1/media/"]?.hers.stringValue ?? "")").text),
      "tenant": try await owner.get("/v1/tenants/a").json, "objects": try await stage.annsThings(),
    ]
  }

  /// What a caller can distinguish in a response: success, or the error's text without the names in it.
  func outcome(_ answer: HTTPCaller.Answer) -> String {
    guard answer.status >= 400 else { return "well" }
    var text = answer.text
    for name in [
      "zoe", "nobody", "OKAPI_KEY", "NO_KEY", "anns-llm", "no-llm", "swiftclaw:helper", "swiftclaw:no-agent",
    ] {
      text = text.replacing(name, with: "…")
    }
    for id in [references["/v1/api-keys/"]?.hers, references["/v1/api-keys/"]?.nobodys] {
      text = text.replacing(id?.stringValue ?? "-", with: "…")
    }
    return "\(answer.status) \(text)"
  }
}
