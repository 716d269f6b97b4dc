/// A tenant on the routes `/v1/tenants`. Times are Unix milliseconds.
public struct TenantBody: Codable, Sendable {
  public var id: String
  public var name: String
  /// `active` or `suspended`.
  public var status: String
  public var created_at: Int64
  public var updated_at: Int64

  public init(id: String, name: String, status: String, created_at: Int64, updated_at: Int64) {
    self.id = id
    self.name = name
    self.status = status
    self.created_at = created_at
    self.updated_at = updated_at
  }
}

/// `GET /v1/tenants`
public struct TenantListBody: Codable, Sendable {
  public var tenants: [TenantBody]
  public var next_cursor: String?

  public init(tenants: [TenantBody], next_cursor: String?) {
    self.tenants = tenants
    self.next_cursor = next_cursor
  }
}

/// The body of `POST /v1/tenants`.
public struct TenantDraftBody: Codable, Sendable {
  public var id: String
  /// The id if it is left out.
  public var name: String?

  public init(id: String, name: String? = nil) {
    self.id = id
    self.name = name
  }
}

/// The body of `PATCH /v1/tenants/{id}`; what is left out stays as it is.
public struct TenantChangeBody: Codable, Sendable {
  public var name: String?
  public var status: String?

  public init(name: String? = nil, status: String? = nil) {
    self.name = name
    self.status = status
  }
}
