import ClawCore

/// The position after which a list of sessions continues.
public struct SessionCursor: Sendable, Hashable {
  public let updatedAt: Timestamp
  public let id: SessionID

  public init(updatedAt: Timestamp, id: SessionID) {
    self.updatedAt = updatedAt
    self.id = id
  }
}

/// Lists sessions, newest first; ephemeral ones are left out.
public struct SessionList {
  let transaction: TenantTransaction

  /// A session whose runs are all parked does not count as running: they occupy no slot, and may stay parked for weeks.
  private static let page = TenantStatement(
    """
    SELECT id, user_id, key, agent_key, label, channel, message_count, model, input_tokens, output_tokens,
      created_at, updated_at,
      CASE WHEN pending > 0 AND EXISTS (
        SELECT 1 FROM work_queue
        WHERE work_queue.tenant_id = $1 AND work_queue.mailbox = sessions.id AND work_queue.is_head IN (0, 1))
      THEN 1 ELSE 0 END
    FROM sessions
    WHERE sessions.tenant_id = $1 AND user_id = $2 AND created_at > 0 AND is_ephemeral = 0
      AND ($3 = '' OR agent_key = $3)
      AND ($4 = '' OR LOWER(key) LIKE $4 ESCAPE '\\' OR LOWER(label) LIKE $4 ESCAPE '\\')
      AND (updated_at < $5 OR (updated_at = $5 AND id < $6))
    ORDER BY updated_at DESC, id DESC LIMIT $7
    """)

  /// - Parameter text: Substring of the key or label; case-insensitive for ASCII letters.
  public func page(
    of user: UserID, agent: AgentKey?, text: String?, after cursor: SessionCursor?, limit: Int
  ) throws -> [SessionSummary] {
    try transaction.query(
      Self.page, .id(user), .text(agent?.rawValue ?? ""), .text(text.map(Self.pattern) ?? ""),
      .integer(cursor?.updatedAt.milliseconds ?? .max), .text(cursor?.id.rawValue ?? "~"), .int(limit)
    ) { row in
      SessionSummary(
        address: SessionAddress(tenant: transaction.tenant, user: row.id(1), key: row.id(2)), id: row.id(0),
        agent: row.id(3), label: row.text(4), channel: row.text(5), messageCount: row.integer(6),
        model: row.text(7), inputTokens: row.integer(8), outputTokens: row.integer(9), createdAt: row.time(10),
        updatedAt: row.time(11), isRunning: row.int(12) > 0)
    }
  }

  /// The text as a LIKE pattern with all wildcards escaped. Lowercases ASCII only, like `LOWER`. Works on scalars,
  /// since a wildcard with a combining mark is another `Character` but still a wildcard.
  private static func pattern(_ text: String) -> String {
    var pattern = String.UnicodeScalarView("%".unicodeScalars)
    for scalar in text.unicodeScalars {
      if scalar == "%" || scalar == "_" || scalar == "\\" { pattern.append("\\") }
      let isUpper = ("A"..."Z").contains(scalar)
      pattern.append(isUpper ? Unicode.Scalar(UInt8(scalar.value) + 32) : scalar)
    }
    pattern.append("%")
    return String(pattern)
  }
}

extension TenantTransaction {
  public var sessionList: SessionList { SessionList(transaction: self) }
}
