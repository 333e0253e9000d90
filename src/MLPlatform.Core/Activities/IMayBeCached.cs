using System.Text.Json;

namespace MLPlatform.Core.Activities;

/// <summary>An activity whose inputs say whether an earlier result may be used. Pure, and made without services.</summary>
public interface IMayBeCached
{
    /// <summary>Whether equal inputs give equal outputs.</summary>
    /// <param name="inputs">As the file says them, expressions and all.</param>
    bool MayBeCached(JsonElement inputs);
}
