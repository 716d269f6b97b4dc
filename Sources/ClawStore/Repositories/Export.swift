import ClawCore
import ClawJSON

/// Reads what a tenant or a user has, a page at a time, as JSON. Secrets, and what stands for one, are left out; so is
/// what is kept for the gateway's own work alone.
public struct Export {
  /// A table as it is exported. The rows of some belong to one session or job.
  public enum Table: String, Sendable, CaseIterable {
    case users
    case agents
    case apiKeys = "api_keys"
    case pairedDevices = "paired_devices"
    case cronJobs = "cron_jobs"
    case cronSlots = "cron_slots"
    case sessions
    case runs
    case messages
    case toolCalls = "tool_calls"
    case inbox
    case outbox
    case secrets

    /// Whose rows these are the parts of.
    public var parent: Table? {
      switch self {
      case .cronSlots: .cronJobs
      case .runs, .messages, .toolCalls, .inbox, .outbox: .sessions
      default: nil
      }
    }

    /// Whether its rows belong to users.
    public var isOfUsers: Bool { self != .agents && self != .secrets }
  }

  private enum Column {
    case text(String)
    case number(String)
    /// Text that holds JSON.
    case json(String)

    func read(_ row: any SQLRow, _ index: Int32) -> (String, JSONValue) {
      switch self {
      case .text(let name): (name, row.optionalText(index).map { .string($0) } ?? .null)
      case .number(let name): (name, row.isNull(index) ? .null : .integer(row.integer(index)))
      case .json(let name): (name, row.optionalText(index).flatMap { try? JSONValue(parsing: $0) } ?? .null)
      }
    }
  }

  let transaction: TenantTransaction

  private static let users = TenantStatement(
    """
    SELECT user_id, name, role, is_disabled, created_at, updated_at FROM users WHERE tenant_id = $1 AND erased_at = 0
      AND (CAST($2 AS TEXT) = '' OR user_id = CAST($2 AS TEXT)) AND user_id > $3 ORDER BY user_id LIMIT $4
    """)
  private static let agents = TenantStatement(
    """
    SELECT id, key, name, summary, emoji, models, prompt, workspace, created_at, updated_at FROM agents
    WHERE tenant_id = $1 AND CAST($2 AS TEXT) = '' AND id > $3 ORDER BY id LIMIT $4
    """)
  private static let apiKeys = TenantStatement(
    """
    SELECT id, name, prefix, role, user_id, created_by, created_at, expires_at, last_used_at, revoked_at FROM api_keys
    WHERE tenant_id = $1 AND (CAST($2 AS TEXT) = '' OR user_id = CAST($2 AS TEXT)) AND id > $3 ORDER BY id LIMIT $4
    """)
  private static let pairedDevices = TenantStatement(
    """
    SELECT device_id, channel, chat_id, account_id, user_id, role, paired_at, paired_by, expires_at FROM paired_devices
    WHERE tenant_id = $1 AND (CAST($2 AS TEXT) = '' OR user_id = CAST($2 AS TEXT))
      AND device_id > $3 ORDER BY device_id LIMIT $4
    """)
  private static let cronJobs = TenantStatement(
    """
    SELECT id, user_id, name, agent_key, schedule, message, deliver, channel, target, misfire, next_at, last_run_at,
      last_run_id, last_status, last_error, created_at, updated_at
    FROM cron_jobs WHERE tenant_id = $1 AND (CAST($2 AS TEXT) = '' OR user_id = CAST($2 AS TEXT))
      AND id > $3 ORDER BY id LIMIT $4
    """)
  private static let cronSlots = TenantStatement(
    """
    SELECT slot_at, job_id, outcome, run_id, decided_at FROM cron_slots
    WHERE tenant_id = $1 AND job_id = $2 AND slot_at > CAST($3 AS BIGINT) ORDER BY slot_at LIMIT $4
    """)
  private static let sessions = TenantStatement(
    """
    SELECT id, user_id, key, agent_key, label, channel, model, message_count, input_tokens, output_tokens, created_at,
      updated_at
    FROM sessions WHERE tenant_id = $1 AND (CAST($2 AS TEXT) = '' OR user_id = CAST($2 AS TEXT))
      AND id > $3 ORDER BY id LIMIT $4
    """)
  private static let runs = TenantStatement(
    """
    SELECT id, session_id, user_id, session_key, agent_key, state, source, lane, options, message_seq, answer_seq,
      iterations, input_tokens, output_tokens, cached_tokens, stop_reason, model, failure, created_at, started_at,
      ended_at, reply_to, parent_id, depth
    FROM runs WHERE tenant_id = $1 AND session_id = $2 AND id > $3 ORDER BY id LIMIT $4
    """)
  private static let messages = TenantStatement(
    """
    SELECT seq, session_id, id, run_id, role, body, created_at FROM messages
    WHERE tenant_id = $1 AND session_id = $2 AND seq > CAST($3 AS BIGINT) ORDER BY seq LIMIT $4
    """)
  private static let toolCalls = TenantStatement(
    """
    SELECT run_id, round, call_id, session_id, name, arguments, effect, state, decided_by, asked_at, decided_at,
      started_at, ended_at
    FROM tool_calls WHERE tenant_id = $1 AND session_id = $2
      AND (run_id, round, call_id) > ($3, CAST($4 AS BIGINT), $5) ORDER BY run_id, round, call_id LIMIT $6
    """)
  private static let inbox = TenantStatement(
    """
    SELECT seq, session_id, id, run_id, kind, mode, body, created_at FROM inbox
    WHERE tenant_id = $1 AND session_id = $2 AND seq > CAST($3 AS BIGINT) ORDER BY seq LIMIT $4
    """)
  private static let outbox = TenantStatement(
    """
    SELECT run_id, session_id, reply_to, body, created_at FROM outbox
    WHERE tenant_id = $1 AND session_id = $2 AND run_id > $3 ORDER BY run_id LIMIT $4
    """)
  private static let secrets = TenantStatement(
    """
    SELECT name, updated_at FROM secrets
    WHERE tenant_id = $1 AND CAST($2 AS TEXT) = '' AND name > $3 ORDER BY name LIMIT $4
    """)

  /// A page of a table.
  /// - Parameters:
  ///   - owner: A user, or the session or job whose parts they are; empty for all users.
  ///   - cursor: What the page before gave; nil for the first.
  /// - Returns: nil as cursor once there is no more.
  public func page(
    of table: Table, owner: String, after cursor: String?, limit: Int
  ) throws -> (rows: [JSONObject], cursor: String?) {
    let (statement, columns) = Self.shape(of: table)
    let key = Self.key(of: table)
    let start = key.start(cursor)
    let rows = try transaction.query(statement, [.text(owner)] + start + [.int(limit)]) { row in
      (key.cursor(row), JSONObject(columns.enumerated().map { $0.element.read(row, Int32($0.offset)) }))
    }
    return (rows.map { $0.1 }, rows.count == limit ? rows.last?.0 : nil)
  }

  /// By which the rows of a table are ordered: their first columns.
  private enum Key {
    case text, number
    /// A run, the round in it and the call.
    case call

    /// Where the rows behind a cursor begin.
    func start(_ cursor: String?) -> [SQLValue] {
      switch self {
      case .text: return [.text(cursor ?? "")]
      case .number: return [.integer(cursor.flatMap { Int64($0) } ?? .min)]
      case .call:
        // The last part may hold anything.
        let parts = (cursor ?? "").split(at: "/", maxSplits: 2, omittingEmpty: false)
        guard parts.count == 3 else { return [.text(""), .integer(0), .text("")] }
        return [.text(String(parts[0])), .integer(Int64(parts[1]) ?? 0), .text(String(parts[2]))]
      }
    }

    func cursor(_ row: any SQLRow) -> String {
      switch self {
      case .text: row.text(0)
      case .number: String(row.integer(0))
      case .call: "\(row.text(0))/\(row.integer(1))/\(row.text(2))"
      }
    }
  }

  private static func key(of table: Table) -> Key {
    switch table {
    case .messages, .cronSlots, .inbox: .number
    case .toolCalls: .call
    default: .text
    }
  }

  private static func shape(of table: Table) -> (TenantStatement, [Column]) {
    switch table {
    case .users:
      (
        users,
        [
          .text("user_id"), .text("name"), .text("role"), .number("is_disabled"), .number("created_at"),
          .number("updated_at"),
        ]
      )
    case .agents:
      (
        agents,
        [
          .text("id"), .text("key"), .text("name"), .text("summary"), .text("emoji"), .json("models"), .text("prompt"),
          .text("workspace"), .number("created_at"), .number("updated_at"),
        ]
      )
    case .apiKeys:
      (
        apiKeys,
        [
          .text("id"), .text("name"), .text("prefix"), .text("role"), .text("user_id"), .text("created_by"),
          .number("created_at"), .number("expires_at"), .number("last_used_at"), .number("revoked_at"),
        ]
      )
    case .pairedDevices:
      (
        pairedDevices,
        [
          .text("device_id"), .text("channel"), .text("chat_id"), .text("account_id"), .text("user_id"), .text("role"),
          .number("paired_at"), .text("paired_by"), .number("expires_at"),
        ]
      )
    case .cronJobs:
      (
        cronJobs,
        [
          .text("id"), .text("user_id"), .text("name"), .text("agent_key"), .json("schedule"), .text("message"),
          .number("deliver"), .text("channel"), .text("target"), .text("misfire"), .number("next_at"),
          .number("last_run_at"), .text("last_run_id"), .text("last_status"), .text("last_error"),
          .number("created_at"), .number("updated_at"),
        ]
      )
    case .cronSlots:
      (
        cronSlots,
        [.number("slot_at"), .text("job_id"), .text("outcome"), .text("run_id"), .number("decided_at")]
      )
    case .sessions:
      (
        sessions,
        [
          .text("id"), .text("user_id"), .text("key"), .text("agent_key"), .text("label"), .text("channel"),
          .text("model"), .number("message_count"), .number("input_tokens"), .number("output_tokens"),
          .number("created_at"), .number("updated_at"),
        ]
      )
    case .runs:
      (
        runs,
        [
          .text("id"), .text("session_id"), .text("user_id"), .text("session_key"), .text("agent_key"), .text("state"),
          .text("source"), .text("lane"), .json("options"), .number("message_seq"), .number("answer_seq"),
          .number("iterations"), .number("input_tokens"), .number("output_tokens"), .number("cached_tokens"),
          .text("stop_reason"), .text("model"), .json("failure"), .number("created_at"), .number("started_at"),
          .number("ended_at"), .json("reply_to"), .text("parent_id"), .number("depth"),
        ]
      )
    case .messages:
      (
        messages,
        [
          .number("seq"), .text("session_id"), .text("id"), .text("run_id"), .text("role"), .json("body"),
          .number("created_at"),
        ]
      )
    case .toolCalls:
      (
        toolCalls,
        [
          .text("run_id"), .number("round"), .text("call_id"), .text("session_id"), .text("name"), .json("arguments"),
          .text("effect"), .text("state"), .text("decided_by"), .number("asked_at"), .number("decided_at"),
          .number("started_at"), .number("ended_at"),
        ]
      )
    case .inbox:
      (
        inbox,
        [
          .number("seq"), .text("session_id"), .text("id"), .text("run_id"), .text("kind"), .text("mode"),
          .json("body"), .number("created_at"),
        ]
      )
    case .outbox:
      (
        outbox,
        [
          .text("run_id"), .text("session_id"), .json("reply_to"), .json("body"), .number("created_at"),
        ]
      )
    case .secrets: (secrets, [.text("name"), .number("updated_at")])
    }
  }
}

extension TenantTransaction {
  public var export: Export { Export(transaction: self) }
}
