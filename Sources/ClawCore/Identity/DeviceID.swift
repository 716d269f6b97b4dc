public enum DeviceTag {}

/// What lists call a paired device by (UUIDv7); tells nothing about its secret.
public typealias DeviceID = Identifier<DeviceTag>
