/// A tenant on the routes `/v1/tenants`. Times are Unix milliseconds.
public struct TenantBody: Codable, Sendable {
  /// 1 to 64 characters of a-z, 0-9, `-` and `_`; can't be changed.
  public var id: String
  /// Its display name, 1 to 200 bytes.
  public var name: String
  /// `active` or `suspended`.
  public var status: String
  /// When it was created.
  public var created_at: Int64
  /// When its name or status last changed.
  public var updated_at: Int64

  /// An entry of the list; its revision is in the header `ETag`.
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
  /// This page, sorted by id.
  public var tenants: [TenantBody]
  /// Pass it as `cursor` for the next page; omitted on the last page.
  public var next_cursor: String?

  /// A page; the last one if there is no cursor.
  public init(tenants: [TenantBody], next_cursor: String?) {
    self.tenants = tenants
    self.next_cursor = next_cursor
  }
}

/// The body of `POST /v1/tenants`.
public struct TenantDraftBody: Codable, Sendable {
  /// 1 to 64 characters of a-z, 0-9, `-` and `_`, not used by another tenant.
  public var id: String
  /// The id if omitted.
  public var name: String?

  /// An active tenant with the default agent.
  public init(id: String, name: String? = nil) {
    self.id = id
    self.name = name
  }
}

/// The body of `PATCH /v1/tenants/{id}`; omitted fields are left unchanged.
public struct TenantChangeBody: Codable, Sendable {
  /// The new name, 1 to 200 bytes.
  public var name: String?
  /// `active`, or `suspended`: its credentials are rejected and its runs are ended.
  public var status: String?

  /// Changes nothing by default.
  public init(name: String? = nil, status: String? = nil) {
    self.name = name
    self.status = status
  }
}
