import ClawCore
import ClawJSON

/// The clients' names of the fields in domain errors.
enum FieldNames {
  /// The params of WebSocket methods.
  case params
  /// Those of `connect`, which has names of its own.
  case connect
  /// Bodies and headers of HTTP.
  case http

  func name(_ field: ClawError.Field) -> String {
    switch self {
    case .params: "params." + Self.parameter(field)
    case .connect: "params." + (field == .user ? "user_id" : Self.parameter(field))
    case .http: Self.member(field)
    }
  }

  private static func parameter(_ field: ClawError.Field) -> String {
    switch field {
    case .user: "userId"
    case .agent: "agentId"
    case .session: "sessionKey"
    case .idempotencyKey: "idempotencyKey"
    case .position: "afterSeq"
    case .expiry: "expiresAt"
    case .moment: "schedule.atMs"
    case .interval: "schedule.everyMs"
    case .cronExpression: "schedule.expr"
    case .zone: "schedule.tz"
    default: shared(field)
    }
  }

  private static func member(_ field: ClawError.Field) -> String {
    switch field {
    case .user: "user_id"
    case .agent: "agent_id"
    case .session: "session_key"
    case .idempotencyKey: "Idempotency-Key"
    case .position: "Last-Event-ID"
    case .expiry: "expires_at"
    case .moment: "schedule.at_ms"
    case .interval: "schedule.every_ms"
    case .cronExpression: "schedule.expr"
    case .zone: "schedule.tz"
    case .displayName: "display_name"
    case .baseURL: "api_base"
    case .dialect: "provider_type"
    case .key: "api_key"
    case .defaultModel: "default_model"
    default: shared(field)
    }
  }

  private static func shared(_ field: ClawError.Field) -> String {
    switch field {
    case .summary: "description"
    case .receiver: "to"
    default: field.rawValue
    }
  }
}

extension ClawError {
  /// The details with their names in the contract; nil if there are none.
  var wireDetails: JSONObject? {
    details.map { JSONObject($0.map { ($0.key.wireName, $0.value) }) }
  }
}

extension ClawError.Fact {
  fileprivate var wireName: String {
    switch self {
    case .limit: "limit"
    case .revision: "revision"
    case .reason: "reason"
    case .run: "runId"
    case .oldestEvent: "oldestSeq"
    case .lastEvent: "headSeq"
    case .versions: "supported"
    }
  }
}
