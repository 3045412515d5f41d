const char *const order[4] = { "plain_10", "residual_34", "plain_18", "plain_34" };
