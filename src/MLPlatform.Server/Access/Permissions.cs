using MLPlatform.Core.Access;

namespace MLPlatform.Server.Access;

/// <summary>The policies that endpoints name; each is a role, and each role includes the ones before it.</summary>
internal static class Permissions
{
    /// <summary>May look at everything but tokens.</summary>
    public const string View = "viewer";

    /// <summary>May start, stop and change things.</summary>
    public const string Edit = "editor";

    /// <summary>May hand out tokens and read the audit trail.</summary>
    public const string Administer = "admin";

    /// <summary>The role of an attempt, which opens the tracking API alone.</summary>
    public const string Attempt = "attempt";

    /// <summary>May read tracked runs: viewers and attempts.</summary>
    public const string ReadTracked = "viewer or attempt";

    /// <summary>May track runs: editors, and attempts within their scope.</summary>
    public const string Track = "editor or attempt";

    public static string Of(Role role) => role switch
    {
        Role.Viewer => View,
        Role.Editor => Edit,
        _ => Administer,
    };

    /// <summary>Roles that satisfy the policy.</summary>
    public static string[] RolesFor(string policy) => policy switch
    {
        View => [View, Edit, Administer],
        Edit => [Edit, Administer],
        ReadTracked => [View, Edit, Administer, Attempt],
        Track => [Edit, Administer, Attempt],
        _ => [Administer],
    };
}
