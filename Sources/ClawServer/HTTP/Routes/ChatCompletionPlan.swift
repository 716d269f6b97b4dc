import ClawCore
import ClawJSON
import ClawProtocol
import Crypto
import HTTPTypes
import NIOCore

/// The response format of a chat completion, and its caller.
struct ChatCompletionForm: Sendable {
  let principal: Principal
  /// The model name reported to the caller.
  let modelName: String
  let isStreamed: Bool
  let includesUsage: Bool
  let abortsOnDisconnect: Bool
}

/// A chat completion converted for the services.
struct ChatCompletionPlan: Sendable {
  let inbound: Inbound
  let form: ChatCompletionForm
  /// The error if there is no such agent; nil keeps the original one.
  let unknownAgent: HTTPFailure?

  /// - Throws: 400 naming the field, 404 for an unknown agent or model.
  static func make(
    for body: ChatCompletionRequest, sentAs request: RouteRequest, services: ServerServices, now: Timestamp
  ) async throws -> ChatCompletionPlan {
    try ChatCompletionSupport.check(body)
    let principal = try await principal(for: body, request, services.access)
    let stored = try storedSession(for: body, request.headers)
    let choice = try await AgentChoice(services: services, principal: principal)
      .choose(model: body.model, header: request.headers[first: HTTPField.Name.agentID], session: stored)
    let conversation = try ChatCompletionConversation(body.messages, isStored: stored != nil)
    let sampling = SamplingOptions(body)
    try await ModelSupport(services: services, principal: principal).check(sampling, body.messages, for: choice)
    let idempotencyKey = request.headers[.idempotencyKey]
    if let key = idempotencyKey, !(1...255).contains(key.utf8.count) {
      throw HTTPFailure.invalid("Idempotency-Key must be 1 to 255 bytes long", param: nil)
    }
    let session = stored ?? freshSession(of: choice.agent, key: idempotencyKey, body: request.body, now: now)
    // Streams from the model if watchers of a stored session may see it; otherwise streaming would only prevent a retry
    // after a failure in the middle.
    let inbound = Inbound(
      agent: choice.agent, session: session, message: conversation.message, context: conversation.context,
      options: RunOptions(
        stream: stored != nil || body.stream == true, model: choice.model, instructions: conversation.instructions,
        sampling: sampling),
      idempotencyKey: idempotencyKey, isEphemeral: stored == nil || body.store == false)
    let form = ChatCompletionForm(
      principal: principal, modelName: body.model ?? "swiftclaw:\(choice.agent)", isStreamed: body.stream ?? false,
      includesUsage: body.stream_options?.include_usage ?? false,
      abortsOnDisconnect: isTrue(body.metadata?["abort_on_disconnect"]))
    return ChatCompletionPlan(inbound: inbound, form: form, unknownAgent: choice.unknown)
  }

  /// The headers take precedence over the body's `user`.
  private static func principal(
    for body: ChatCompletionRequest, _ request: RouteRequest, _ access: any AccessService
  ) async throws -> Principal {
    let caller = try request.caller()
    guard let user = body.user, request.headers[first: HTTPField.Name.actingUser] == nil else { return caller }
    do {
      return try await access.principal(caller, actingAs: try UserID(validating: user))
    } catch {
      throw HTTPFailure(ClawError(wrapping: error), param: "user")
    }
  }

  private static func storedSession(
    for body: ChatCompletionRequest, _ headers: HTTPFields
  ) throws -> SessionKey? {
    let named = body.metadata?["session_key"]?.stringValue
    guard let key = headers[first: HTTPField.Name.session] ?? named else { return nil }
    do {
      return try SessionKey(validating: key)
    } catch {
      throw HTTPFailure(error, param: named == nil ? nil : "metadata.session_key")
    }
  }

  /// A session for one call. With an idempotency key it is derived from the key and the body, so that a repeated call
  /// finds the same session and one with another body does not.
  private static func freshSession(of agent: AgentKey, key: String?, body: ByteBuffer, now: Timestamp) -> SessionKey {
    guard let key else { return SessionKey(agent: agent, rest: "http:\(MessageID.generate(at: now))") }
    var hash = SHA256()
    hash.update(data: Array(key.utf8) + [0])
    hash.update(data: Array(body.readableBytesView))
    let digits = Array("0123456789abcdef".utf8)
    let hex = hash.finalize().prefix(16).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    return SessionKey(agent: agent, rest: "http:\(String(decoding: hex, as: UTF8.self))")
  }

  /// Values in OpenAI's metadata are strings, so `"true"` is accepted too.
  private static func isTrue(_ value: JSONValue?) -> Bool {
    value?.boolValue == true || value?.stringValue == "true"
  }
}
