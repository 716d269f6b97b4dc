/// A tenant on the routes `/v1/tenants`. Times are Unix milliseconds.
public struct TenantBody: Codable, Sendable {
  /// 1 to 64 characters of a-z, 0-9, `-` and `_`; it never changes.
  public var id: String
  /// What people call it, 1 to 200 bytes.
  public var name: String
  /// `active` or `suspended`.
  public var status: String
  /// When it was made.
  public var created_at: Int64
  /// When its name or status last changed.
  public var updated_at: Int64

  /// The entry as it is listed; its revision goes into the header `ETag`.
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
  /// This page, by id.
  public var tenants: [TenantBody]
  /// What `cursor` continues with; left out on the last page.
  public var next_cursor: String?

  /// A page; without a cursor it is the last.
  public init(tenants: [TenantBody], next_cursor: String?) {
    self.tenants = tenants
    self.next_cursor = next_cursor
  }
}

/// The body of `POST /v1/tenants`.
public struct TenantDraftBody: Codable, Sendable {
  /// 1 to 64 characters of a-z, 0-9, `-` and `_`, not used by another tenant.
  public var id: String
  /// The id if it is left out.
  public var name: String?

  /// An active tenant with the standard agent.
  public init(id: String, name: String? = nil) {
    self.id = id
    self.name = name
  }
}

/// The body of `PATCH /v1/tenants/{id}`; what is left out stays as it is.
public struct TenantChangeBody: Codable, Sendable {
  /// The new name, 1 to 200 bytes.
  public var name: String?
  /// `active`, or `suspended`: its credentials are refused and its runs ended.
  public var status: String?

  /// Changes nothing unless told what.
  public init(name: String? = nil, status: String? = nil) {
    self.name = name
    self.status = status
  }
}
