/// A statement on a tenant's rows. `$1` is always the tenant, and only ``TenantTransaction`` can bind it; a test walks
/// all texts and fails if one names a table without binding the tenant.
struct TenantStatement: Sendable {
  let text: String

  init(_ text: StaticString) {
    self.text = text.description
  }
}

/// A statement on node-wide tables, which hold nothing a person wrote.
struct NodeStatement: Sendable {
  let text: String

  init(_ text: StaticString) {
    self.text = text.description
  }
}
