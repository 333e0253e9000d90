using MLPlatform.Activities.Tables;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Runs;

namespace MLPlatform.Activities.Data.Stores;

/// <summary>What goes wrong between stores; docs/diagnostics/data.md lists the codes.</summary>
internal static class StoreErrors
{
    public static ActivityException Location(string message) => DataErrors.Bad("DATA-120", message);

    public static ActivityException Secret(string message) => DataErrors.Bad("DATA-121", message);

    public static ActivityException NotThere(string what, Exception? inner = null) =>
        DataErrors.Bad("DATA-122", $"There is no {what}. Correct the location, or run first what makes it.", inner);

    public static ActivityException Refused(string what, string why, Exception? inner = null) =>
        DataErrors.Bad("DATA-123", $"{what} refuses us: {why} Check the credentials and their rights.", inner);

    public static ActivityException Unreachable(string what, string why, Exception? inner = null) =>
        new("DATA-124", $"{what} cannot be used now: {why}", FailureKind.Infrastructure, inner);

    public static ActivityException Damaged(string what, string why) =>
        new("DATA-125", $"{what} did not arrive whole: {why} Nothing of it was used; run the activity again.", FailureKind.Infrastructure);

    public static ActivityException Unfit(string message, Exception? inner = null) => DataErrors.Bad("DATA-126", message, inner);
}
