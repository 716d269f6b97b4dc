import ClawCore
import Crypto

/// The folders of tenants, agents and users; all their paths are built here.
struct Workspaces: Sendable {
  /// Absolute path of the root folder.
  let root: String

  /// The folder of a tenant's agents. Agents of two tenants may share a name, but never a folder.
  func folder(of tenant: TenantID) -> String {
    tenant == .standard ? root : root + "/@" + FolderName.text(tenant.rawValue)
  }

  /// The default folder of an agent.
  func agentFolder(of agent: AgentKey, in tenant: TenantID) -> AgentFolder {
    AgentFolder(path: folder(of: tenant) + "/" + agent.rawValue)
  }

  /// The folders of an agent that works for a user.
  func workspace(of agent: Agent, for user: UserID, in tenant: TenantID) -> Workspace {
    Workspace(
      agentFolder: agent.folder,
      userFolder: UserFolder(path: userFolders(of: user, in: tenant) + "/" + agent.key.rawValue))
  }

  /// The folder that holds everything a tenant's agents keep for one user. Its name is a hash of the user's bytes: user
  /// names may be too long for a file system, or differ only in case or Unicode normalisation. It can't collide with
  /// other folders: no agent's folder can begin with `@`, and no tenant's contains a full stop.
  func userFolders(of user: UserID, in tenant: TenantID) -> String {
    let digits = Array("0123456789abcdef")
    let name = SHA256.hash(data: Array(user.rawValue.utf8)).reduce(into: "") { text, byte in
      text += "\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
    }
    return folder(of: tenant) + "/@users.d/" + name
  }
}
