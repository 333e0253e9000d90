using MLPlatform.Core.Features;

namespace MLPlatform.Storage.Features;

/// <summary>Whether a publication may take the place of another.</summary>
internal static class OnlineOrder
{
    /// <summary>How publishing ends without writing anything, or null where it is to go on.</summary>
    public static SwapResult? Judge(OnlinePublication there, OnlinePublication wanted) =>
        there.Table == wanted.Table && there.AsOf == wanted.AsOf ? SwapResult.AlreadyThere
        : there.AsOf > wanted.AsOf ? SwapResult.Older : null;
}
