import HTTPTypes

/// Public description of a route, for tests and documents that enumerate all routes.
public struct RouteDescription: Sendable, Hashable {
  /// Such as `GET`.
  public let method: String
  /// A segment may be `{name}`, which matches anything but `/`.
  public let path: String
  public let access: RouteAccess
  public let takesBody: Bool

  init(_ route: HTTPRoute) {
    method = route.method.rawValue
    path = route.path
    access = route.access
    takesBody = route.takesBody
  }
}
